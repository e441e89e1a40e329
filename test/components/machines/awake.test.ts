import { describe, expect, test } from "vitest";
import { sleeping } from "../../../components/machines/awake";
import type { Ask } from "../../../components/machines/reachable";
import { hosts, overSsh, PUBLIC_KEY } from "../config/samples";
import { cluster, lab } from "../cluster/lab";

const server = { name: "m1", host: "10.0.0.1", port: 22, behindBastion: false };

/** A server that answers so, one answer a look; the last one stays. */
const saying = (...answers: (string | undefined)[]): { ask: Ask; looks: () => number } => {
  let looks = 0;
  return { ask: async () => answers[Math.min(looks++, answers.length - 1)], looks: () => looks };
};

describe("a machine's SSH server", () => {
  test("that answers is looked at once", async () => {
    const { ask, looks } = saying(undefined);
    expect(await sleeping(server, 60, ask)).toBeUndefined();
    expect(looks()).toBe(1);
  });

  test("that is away for a while, as during a reboot, is waited for", async () => {
    const { ask, looks } = saying("ECONNREFUSED", undefined);
    expect(await sleeping(server, 60, ask)).toBeUndefined();
    expect(looks()).toBe(2);
  });

  test("that never answers is given up, with its last reason", async () => {
    const { ask } = saying("ECONNREFUSED", "no SSH server within 5 s");
    expect(await sleeping(server, 0.5, ask)).toBe("no SSH server within 5 s");
  });
});

describe("every command and every copy", () => {
  test("is preceded by a look at its machine's SSH server, at updates too where it has any", async () => {
    const { all } = await cluster(overSsh({ workers: [{ name: "general", machines: hosts(21) }] }));
    const { all: rented } = await lab({ ssh: { publicKey: PUBLIC_KEY, hostKeys: "first-use" } });
    const made = [all, rented].flatMap(of => [...of("Command"), ...of("CopyToRemote")]);
    const dialling = made.filter(({ inputs }) => inputs.connection !== undefined);
    expect(dialling.length).toBeGreaterThan(20);
    for (const { name, hooks, customTimeouts, inputs } of dialling) {
      expect([name, hooks.beforeCreate.at(-1)]).toEqual([name, "lab-ssh"]);
      const told = /-(member|worker)$/.test(name) ? ["lab-told"] : name.endsWith("-retire") ? ["lab-leaving"] : [];
      expect([name, hooks.beforeUpdate]).toEqual([
        name,
        customTimeouts.update === undefined ? [] : [...told, "lab-ssh"],
      ]);
      // Nothing is run when one is deleted, so nothing can hang then, except for what takes a machine's keys away.
      expect([name, "delete" in inputs]).toEqual([name, name.endsWith("-wipe")]);
    }
  });
});
