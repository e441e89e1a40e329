import { describe, expect, test } from "vitest";
import { PUBLIC_KEY, METAL, overSsh } from "../config/samples";
import { cluster, lab } from "./lab";
import type { Recording, Registration } from "./recorder";

const { project: _, ...SERVERS } = METAL;
const WORKERS = [{ name: "general", machines: { ...SERVERS, metros: ["da"], count: 2 } }];

/** Whether a resource waits for another one, directly or through others. */
function waitsFor({ find }: Recording<unknown>, from: Registration, name: string): boolean {
  const seen = new Set<string>();
  const look = (one: Registration): boolean =>
    one.dependsOn.some(next => {
      if (next === name) return true;
      if (seen.has(next)) return false;
      seen.add(next);
      return look(find(next));
    });
  return look(from);
}

/** What stands before a copy besides the look at the SSH server. */
const guardsOf = ({ hooks }: Registration): string[][] =>
  [hooks.beforeCreate, hooks.beforeUpdate].map(names => names.filter(name => name !== "lab-ssh"));

describe("on rented machines", () => {
  test("the first thing that is sent, the program, is sent only to a machine whose platform vouches for its key", async () => {
    const { all } = await lab({ workers: WORKERS });
    const copies = all("CopyToRemote");
    expect(copies).toHaveLength(5);
    for (const copy of copies) expect(guardsOf(copy).map(guards => guards.length)).toEqual([1, 1]);
  });

  test("every command but the first waits for that, workers' and invitations of members too", async () => {
    const recording = await lab({ workers: WORKERS });
    const commands = recording
      .all("Command")
      .filter(({ name, inputs }) => inputs.connection !== undefined && !name.endsWith("-prepared"));
    const devices = recording.all("Device").map(({ name }) => name);
    const waited = commands.flatMap(command =>
      (command.propertyDependencies.connection ?? [])
        .filter(name => devices.includes(name))
        .map(device => [command.name, device, waitsFor(recording, command, `${device}-program`)]),
    );
    expect(waited.filter(([, , waits]) => waits !== true)).toEqual([]);
    expect(waited.map(([name]) => name)).toEqual(
      expect.arrayContaining(["lab-form", "lab-cp-1-join", "lab-cp-0-member", "lab-general-1-worker"]),
    );
  });

  test("nothing stands before it when the configuration trusts what answers first", async () => {
    const { all } = await lab({ ssh: { publicKey: PUBLIC_KEY, hostKeys: "first-use" } });
    expect(all("CopyToRemote").flatMap(guardsOf).flat()).toEqual([]);
  });
});

test("machines that exist are known by their configured key, and no platform is asked", async () => {
  const { all } = await cluster(overSsh());
  expect(all("CopyToRemote").flatMap(guardsOf).flat()).toEqual([]);
});
