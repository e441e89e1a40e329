import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";

const RETIRE = fs.readFileSync(path.resolve(__dirname, "../../../../cloud-init/node/grant/jq/retire.jq"), "utf8");

interface Listed {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly role: "voting" | "learner";
  readonly healthy: boolean;
}
interface Cluster {
  /** Numbers of the machines that stay. */
  readonly staying: readonly number[];
  readonly members: readonly Listed[];
  readonly only: "all" | "dead";
}
const member = (i: number, role: Listed["role"], healthy: boolean): Listed => ({
  id: `1844674407370955160${i}`,
  name: `m${i}`,
  address: `10.0.0.${i}`,
  role,
  healthy,
});

/** The machine's own decision on each of these clusters, by one process: starting jq takes most of the time. */
function decide(clusters: readonly Cluster[]): string[] {
  const input = clusters.map(({ staying, members, only }) => ({
    grant: [{ roster: staying.map(i => ({ name: `m${i}`, address: `10.0.0.${i}` })) }],
    members,
    only,
  }));
  const program = `def decide($grant; $only): ${RETIRE};\nmap(.grant as $grant | .only as $only | .members | [decide($grant; $only)][0] // "")`;
  return JSON.parse(
    execFileSync("jq", ["-c", program], { input: JSON.stringify(input), encoding: "utf8" }),
  ) as string[];
}

const voters = ({ members }: Cluster) => members.filter(({ role }) => role === "voting");
const well = (cluster: Cluster) => voters(cluster).filter(({ healthy }) => healthy);
const hasMajority = (cluster: Cluster) => well(cluster).length * 2 > voters(cluster).length;
const stays = ({ staying }: Cluster, { name }: Listed) => staying.includes(Number(name.slice(1)));
const without = (cluster: Cluster, id: string): Cluster => ({
  ...cluster,
  members: cluster.members.filter(one => one.id !== id),
});

const aCluster: fc.Arbitrary<Cluster> = fc
  .array(fc.record({ learner: fc.boolean(), healthy: fc.boolean(), stays: fc.boolean() }), { maxLength: 7 })
  .chain(list =>
    fc.constantFrom<Cluster["only"]>("all", "dead").map(only => ({
      only,
      staying: list.flatMap((one, i) => (one.stays ? [i] : [])),
      // etcd has one learner at the most.
      members: list.map((one, i) =>
        member(i, one.learner && list.findIndex(({ learner }) => learner) === i ? "learner" : "voting", one.healthy),
      ),
    })),
  );

/** All steps that are allowed one after the other, side by side for many clusters. */
function* rounds(clusters: readonly Cluster[]): Generator<{ before: Cluster; decision: string; after: Cluster }[]> {
  for (let running = [...clusters]; running.length > 0; ) {
    const steps = decide(running).map((decision, i) => {
      const before = running[i] as Cluster;
      const [word, id] = decision.split(" ");
      return { before, decision, after: word === "dead" || word === "living" ? without(before, id ?? "") : before };
    });
    yield steps;
    running = steps.filter(({ before, after }) => before !== after).map(({ after }) => after);
  }
}

test("no sequence of allowed removals loses a majority, takes a machine that stays, or a living one while another is ill", () => {
  const clusters = fc.sample(aCluster, { numRuns: 2000, seed: 12 });
  let removed = 0;
  for (const steps of rounds(clusters))
    for (const { before, decision, after } of steps) {
      const gone = before.members.filter(one => !after.members.includes(one));
      expect(gone.length).toBeLessThanOrEqual(1);
      for (const one of gone) {
        removed++;
        expect(stays(before, one), decision).toBe(false);
        expect(decision.startsWith(one.healthy ? "living" : "dead"), decision).toBe(true);
        if (hasMajority(before)) expect(hasMajority(after), `${decision} of ${JSON.stringify(before)}`).toBe(true);
        if (one.role === "voting") expect(hasMajority(after), decision).toBe(true);
        if (!one.healthy) continue;
        expect(before.only).toBe("all");
        const kept = before.members.filter(other => stays(before, other));
        expect(kept.filter(({ role, healthy }) => role === "learner" || !healthy)).toEqual([]);
        // At least one that stays holds the data.
        expect(kept.length).toBeGreaterThan(0);
      }
    }
  // Otherwise nothing was tried.
  expect(removed).toBeGreaterThan(1000);
});

test("where all that stay are well, all others leave in the end", () => {
  const clusters = fc
    .sample(aCluster, { numRuns: 1000, seed: 13 })
    .map(
      (cluster): Cluster => ({
        ...cluster,
        only: "all",
        members: cluster.members.map(one => (stays(cluster, one) ? { ...one, role: "voting", healthy: true } : one)),
      }),
    )
    .filter(cluster => cluster.staying.length > 0 && hasMajority(cluster));
  expect(clusters.length).toBeGreaterThan(100);
  for (const steps of rounds(clusters))
    for (const { before, decision } of steps) {
      expect(decision).not.toMatch(/^refuse/);
      if (decision === "") expect(before.members.every(one => stays(before, one))).toBe(true);
    }
});
