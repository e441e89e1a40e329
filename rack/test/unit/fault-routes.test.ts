import fastify from "fastify";
import { describe, expect, test } from "vitest";
import { Faults } from "../../daemon/fault-routes";
import type { NamespaceMachines } from "../../machines/namespace-machines";
import type { BirdSwitches } from "../../network/switches";

/** The daemon's way to faults, at one machine and two switches that note what is done to them. */
function daemon({ failing = false } = {}) {
  const done: string[] = [];
  const note =
    (what: string) =>
    async (...words: unknown[]) => {
      done.push([what, ...words.map(String)].join(" "));
      if (failing && what === "powerOff") throw new Error("the power stays");
    };
  const machines = {
    find: (name: string) => {
      if (name !== "cp-0") throw new Error(`machine ${name}: found none, expected one of: cp-0`);
      return { record: { id: "id-0", hostname: "cp-0" } };
    },
    list: () => [{ record: { id: "id-0" } }, { record: { id: "id-1" } }],
    ...{ powerOff: note("powerOff"), powerOn: note("powerOn"), reboot: note("reboot"), silence: note("silence") },
    partition: async (groups: readonly string[][]) => void done.push(`partition ${JSON.stringify(groups)}`),
    healPartition: note("healPartition"),
    exec: async (_id: string, argv: readonly string[], options: { input?: string }) => {
      done.push(`exec ${argv.join(" ")}${options.input === undefined ? "" : " with input"}`);
      return { stdout: "" };
    },
  } as unknown as NamespaceMachines;
  const switches = {
    ...{ powerOff: note("switch off"), powerOn: note("switch on") },
    sessions: async () => [{ switch: "b", established: true }],
  } as unknown as BirdSwitches;
  const app = fastify();
  const faults = new Faults({ machines, switches, bare: undefined as never });
  faults.routes(app);
  const ask = async (method: "GET" | "POST" | "DELETE", url: string) => {
    const { statusCode, body } = await app.inject({ method, url: `/faults/${url}` });
    return { ok: statusCode === 200, body };
  };
  return { faults, done, ask };
}

describe("a fault by the daemon", () => {
  test("holds from its injection to its healing, at that machine", async () => {
    const { faults, done, ask } = daemon();
    expect((await ask("POST", "power-off/cp-0")).ok).toBe(true);
    expect(faults.of("id-0")).toEqual(["power-off"]);
    expect(faults.of("id-1")).toEqual([]);
    expect((await ask("DELETE", "power-off/cp-0")).ok).toBe(true);
    expect(faults.of("id-0")).toEqual([]);
    expect(done).toEqual(["powerOff id-0", "powerOn id-0"]);
  });

  test("holds, too, where it took effect by half: somebody has to heal it", async () => {
    const { faults, ask } = daemon({ failing: true });
    expect((await ask("POST", "power-off/cp-0")).body).toContain("the power stays");
    expect(faults.of("id-0")).toEqual(["power-off"]);
  });

  test("that ends by itself is not there to be healed", async () => {
    const { faults, ask } = daemon();
    expect((await ask("POST", "reboot/cp-0")).ok).toBe(true);
    expect(faults.of("id-0")).toEqual([]);
    expect((await ask("DELETE", "reboot/cp-0")).body).toContain("there is nothing to heal");
  });

  test("runs its script inside, and takes away what it had prepared", async () => {
    const { done, ask } = daemon();
    for (const step of ["POST full-disk/cp-0/prepare", "POST full-disk/cp-0", "DELETE full-disk/cp-0"]) {
      const [method, url] = step.split(" ") as ["POST", string];
      expect((await ask(method, url)).ok, step).toBe(true);
    }
    expect((await ask("POST", "full-disk/cp-0/tidy")).ok).toBe(true);
    const verbs = ["prepare", "fill", "empty", "tidy"];
    expect(done).toEqual(verbs.map(verb => `exec bash -s -- ${verb} with input`));
  });

  test("parts the machine from every other one", async () => {
    const { done, ask } = daemon();
    await ask("POST", "partition/cp-0");
    expect(done).toEqual(['partition [["id-0"],["id-1"]]']);
  });

  test("happens to switches by their names, and says which sessions are back", async () => {
    const { done, ask } = daemon();
    expect((await ask("POST", "switch-power-off/switch-a")).ok).toBe(true);
    expect(done).toEqual(["switch off a"]);
    expect((await ask("GET", "switch-power-off/switch-a/over")).body).toBe('{"over":false}');
    expect((await ask("GET", "switch-power-off/switch-b/over")).body).toBe('{"over":true}');
    expect((await ask("POST", "switch-power-off/cp-0")).body).toContain("expected switch-a or switch-b");
    expect((await ask("POST", "power-off/switch-a")).body).toContain("machine switch-a: found none");
  });

  test("that is none is refused with those there are", async () => {
    expect((await daemon().ask("POST", "power-of/cp-0")).body).toMatch(
      /found no such fault, expected one of: power-off,/,
    );
  });
});
