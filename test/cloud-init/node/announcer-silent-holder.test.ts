import { spawnSync } from "node:child_process";
import fc from "fast-check";
import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";

import { ADMINISTRATOR } from "../nodes";
import { announcing, AnnouncingMachine, testOf, until } from "./announcer-machine";

const VIP = "10.70.17.100";
const SHELL = path.resolve(__dirname, "../../../cloud-init/node/grant/lib/silent-holder.sh");

/** The second of so many machines; the first one has the VIP. */
class Neighbour extends AnnouncingMachine {
  constructor(count: number) {
    super({
      machine: { kind: "ssh" },
      endpoint: { address: VIP, port: 6443 },
      announcer: {
        kind: "kube-vip-arp",
        image: "kube-vip",
        leaseSeconds: 5,
        renewSeconds: 3,
        retrySeconds: 1,
        probeSeconds: 0.1,
      },
    });
    this.unset("var/lib/rackplane/machine.json");
    this.set("etc/rackplane/identity.json", JSON.stringify({ name: "demo-cp-1", address: "10.70.17.9" }));
    const roster = [8, 9, 11, 13, 15].slice(0, count);
    this.set(
      "etc/rackplane/roster.json",
      JSON.stringify(roster.map((host, i) => ({ name: `demo-cp-${i}`, address: `10.70.17.${host}` }))),
    );
    this.set("etc/kubernetes/admin.conf", ADMINISTRATOR);
    this.set("peers", "10.70.17.9\n");
    this.set("lease", "demo-cp-0");
    this.set("renewed", "2026-12-01T10:00:00.000000Z");
    this.set("hears");
  }
  /** What hears.pl says next. */
  tells(line: string): void {
    fs.appendFileSync(path.join(this.root, "hears"), `${line}\n`);
  }
  /** What other machines' API servers say of the first machine's kubelet. */
  words(...words: [host: number, ready: number, proxied: string][]): void {
    this.set(
      "proxied",
      words
        .map(([host, ready, proxied]) =>
          [
            `https://10.70.17.${host}:6443/readyz ${ready === 0 ? "000" : ready}`,
            `https://10.70.17.${host}:6443/api/v1/nodes/demo-cp-0/proxy/healthz ${proxied}`,
          ].join("\n"),
        )
        .join("\n") + "\n",
    );
  }
  get freed(): boolean {
    return this.read("lease") === "";
  }
  get asked(): string[] {
    return this.calls("curl").filter(call => call.includes("PATCH"));
  }
}
const three = testOf(() => new Neighbour(3));
const five = testOf(() => new Neighbour(5));
const neighbour = (body: (machine: Neighbour) => Promise<void>) => (machine: AnnouncingMachine) =>
  body(machine as Neighbour);
/** The machine has dealt with every line so far. */
const dealtWith = async (machine: Neighbour) => {
  const asked = machine.calls("curl").filter(call => call.includes("plndr-cp-lock")).length;
  machine.tells("1 0 10.70.17.8=99999");
  await until(
    () => machine.calls("curl").filter(call => call.includes("plndr-cp-lock")).length > asked,
    "the next look at the lease",
  );
};

three(
  "the lease of a silent holder is freed when the third machine does not hear it either, and not a moment too soon",
  neighbour(async machine => {
    await announcing(machine);
    machine.words([11, 200, "000"]);
    machine.tells("1 0 10.70.17.8=400");
    machine.tells("1 0 10.70.17.8=1790");
    await machine.probes(3);
    expect(machine.calls("curl").some(call => call.includes("plndr-cp-lock"))).toBe(false);
    machine.tells("1 0 10.70.17.8=1800");
    await until(() => machine.freed, "the free lease");
    expect(machine.asked).toHaveLength(1);
  }),
);

const KEPT: [string, (machine: Neighbour) => void][] = [
  ["the third machine hears it", machine => machine.words([11, 200, "200"])],
  [
    "its kubelet refuses the third one's connection, so that machine lives",
    machine => machine.words([11, 200, "503 dial tcp 10.70.17.8:10250: connect: connection refused"]),
  ],
  ["the third machine is not ready", machine => machine.words([11, 500, "000"])],
  ["the third machine does not answer", machine => machine.words([11, 0, "000"])],
  ["nobody says anything", machine => machine.set("proxied")],
];
for (const [why, set] of KEPT)
  three(
    `the lease is kept while ${why}: one machine's word is none`,
    neighbour(async machine => {
      await announcing(machine);
      set(machine);
      machine.tells("1 0 10.70.17.8=2000");
      await dealtWith(machine);
      expect(machine.asked).toEqual([]);
      expect(machine.freed).toBe(false);
    }),
  );

three(
  "a lease that was renewed since it was read is not freed",
  neighbour(async machine => {
    await announcing(machine);
    machine.words([11, 200, "000"]);
    // The file that is read is the one that the patch is tested against: the holder renews in between.
    machine.replace(
      "fakes/jq",
      `#!/bin/bash\ncase "$*" in *renewTime*holderIdentity*) : ;; esac\n/usr/bin/jq "$@"; status=$?\ncase "$*" in *'"/spec/renewTime"'*) echo later >"$RACKPLANE_ROOT/renewed" ;; esac\nexit $status\n`,
    );
    machine.tells("1 0 10.70.17.8=2000");
    await until(() => machine.asked.length > 0, "the patch");
    await machine.probes(2);
    expect(machine.freed).toBe(false);
  }),
);

five(
  "of five machines three have to be deaf to it, this one among them",
  neighbour(async machine => {
    await announcing(machine);
    machine.words([11, 200, "000"], [13, 200, "200"], [15, 0, "000"]);
    machine.tells("3 0 10.70.17.8=2000");
    await dealtWith(machine);
    expect(machine.freed).toBe(false);
    machine.words([11, 200, "000"], [13, 200, "503 no route to host"], [15, 0, "000"]);
    machine.tells("3 0 10.70.17.8=3000");
    await until(() => machine.freed, "the free lease");
  }),
);

three(
  "a silent machine that does not hold the VIP is looked at once in five seconds",
  neighbour(async machine => {
    await announcing(machine);
    machine.set("lease", "demo-cp-2");
    for (let ms = 1800; ms <= 8800; ms += 500) machine.tells(`1 0 10.70.17.8=${ms}`);
    await until(
      () => machine.calls("curl").filter(call => call.includes("plndr-cp-lock")).length >= 2,
      "two looks at the lease",
    );
    await machine.probes(3);
    expect(machine.calls("curl").filter(call => call.includes("plndr-cp-lock"))).toHaveLength(2);
  }),
);

three(
  "a holder that no other machine answers gives the VIP up at once; one that is answered keeps it",
  neighbour(async machine => {
    await announcing(machine);
    machine.set("vip");
    machine.tells("1 0 10.70.17.8=2000");
    await machine.probes(3);
    expect(machine.exists("vip")).toBe(true);
    machine.tells("0 0 10.70.17.11=400 10.70.17.8=400");
    await until(() => !machine.exists("vip"), "the address to go");
  }),
);

three(
  "a machine that stood still gives the VIP up if another one leads meanwhile, and keeps it if not",
  neighbour(async machine => {
    await announcing(machine);
    machine.set("vip");
    machine.set("lease", "demo-cp-1");
    machine.tells("2 3000");
    await until(() => machine.calls("curl").some(call => call.includes("plndr-cp-lock")), "the look at the lease");
    await machine.probes(2);
    expect(machine.exists("vip")).toBe(true);
    machine.set("lease", "demo-cp-2");
    machine.tells("2 3000");
    await until(() => !machine.exists("vip"), "the address to go");
  }),
);

/** A number that the shell's file sets. */
const constant = (name: string): number =>
  Number(new RegExp(`^${name}=([\\d.]+)$`, "m").exec(fs.readFileSync(SHELL, "utf8"))?.[1]);

describe("whatever is cut off from whom", () => {
  const interval = constant("HEARING_INTERVAL") * 1000;
  const timeout = constant("HEARING_TIMEOUT") * 1000;
  const freedAfter = constant("FREED_AFTER");
  /** Milliseconds in which kube-vip is killed and the address deleted, with some to spare. */
  const LETTING_GO = 300;

  /** Machines 0 to n-1, the links that are cut, and when each one's looks begin. Machine 0 is the holder. */
  const network = fc.integer({ min: 3, max: 7 }).chain(count =>
    fc.record({
      count: fc.constant(count),
      cut: fc.uniqueArray(
        fc
          .tuple(fc.nat(count - 1), fc.nat(count - 1))
          .filter(([a, b]) => a < b)
          .map(([a, b]) => `${a}-${b}`),
      ),
      phases: fc.array(fc.nat(interval - 1), { minLength: count, maxLength: count }),
    }),
  );

  it("a holder whose lease is freed has given the VIP up before, and no minority frees it", () => {
    fc.assert(
      fc.property(network, ({ count, cut, phases }) => {
        const hears = (a: number, b: number) => a === b || !cut.includes(`${Math.min(a, b)}-${Math.max(a, b)}`);
        const all = Array.from({ length: count }, (_, i) => i);
        const majority = (n: number) => n > Math.floor(count / 2);
        for (const asking of all.slice(1)) {
          if (hears(asking, 0)) continue;
          // Those whom it reaches and who do not hear the holder.
          const deaf = all.slice(1).filter(other => hears(asking, other) && !hears(other, 0));
          if (!majority(deaf.length)) continue;
          // The holder's look that finds it out ends here, counted from the cut.
          const heardByHolder = all.filter(other => hears(0, other)).length;
          expect(majority(heardByHolder)).toBe(false);
          const givenUp = (phases[0] ?? 0) + timeout + LETTING_GO;
          const freed = (phases[asking] ?? 0) + freedAfter;
          expect(givenUp).toBeLessThan(freed);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("the shell's majority is more than half", () => {
    const counts = Array.from({ length: 8 }, (_, all) =>
      Array.from({ length: all + 1 }, (_, n) => [n, all] as const),
    ).flat();
    const script = `. "${SHELL}"; ${counts.map(([n, all]) => `majority ${n} ${all} && echo yes || echo no`).join("; ")}`;
    const { stdout } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
    expect(stdout.trim().split("\n")).toEqual(counts.map(([n, all]) => (n > all / 2 ? "yes" : "no")));
  });
});
