import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BENCH_FAULTS } from "../../../bench/failover/faults";
import { awaitWell, runOnce } from "../../../bench/failover/run";
import { failoverTable } from "../../../bench/failover/table";
import type { Run } from "../../../bench/failover/record";
import { figure, journal, rackplane } from "../../../bench/rack";
import { FAULTS, kindCases } from "../../../bench/scenarios/kinds";

/** Three ways to hold the VIP that find out about a dead machine in three ways: a hold time, a lease, an election. */
const KINDS = ["bgp", "arp", "haproxy"].flatMap(kindCases);
const faults = BENCH_FAULTS.filter(({ name }) => FAULTS.some(fault => fault === name));
/** Seconds in which a cluster has to be whole. */
const WHOLE = 240;

const done: Run[] = [];
afterAll(async () => {
  process.stdout.write(`${failoverTable(done)}\n`);
  expect((await rackplane("down")).code).toBe(0);
});

describe.each(KINDS)("$name under the bench's clients", kind => {
  beforeAll(async () => {
    expect((await rackplane("down")).code).toBe(0);
    const up = await rackplane("up", "--stack", kind.stack);
    expect(up.code, up.output.slice(-4000)).toBe(0);
  });

  // Two cores carry all machines and all clients: what is missed twice in a row is the program's.
  test.each(faults)(
    "outlives $name: no acknowledged write is lost, and it is whole again by itself",
    { retry: 1 },
    async fault => {
      const before = await awaitWell(kind, WHOLE);
      if (before === undefined) throw new Error(`${kind.name}: not whole within ${WHOLE} s`);
      const run = await runOnce(kind, fault, 1, before);
      done.push(run);
      figure(`${kind.name}, ${fault.name} of ${run.victims.join()}`, JSON.stringify(run.figures));
      if (run.figures.lost > 0 || run.wholeAt === undefined)
        for (const victim of run.victims) process.stdout.write(`${victim}:\n${await journal(victim)}\n`);
      expect(run.figures.lost).toBe(0);
      expect(run.wholeAt).toBeDefined();
      expect(run.seen.length).toBeGreaterThan(10);
      expect(run.watch.length).toBeGreaterThan(20);
      const longest = kind.longestOutage[fault.name as (typeof FAULTS)[number]];
      expect(run.figures.outageSeconds).toBeLessThanOrEqual(longest);
    },
  );
});
