import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { journal, rackplane } from "../../../bench/rack";
import { Rig } from "../../../bench/failover/rig";
import { runOnce } from "../../../bench/failover/run";
import { ourSubjects } from "../../../bench/failover/subject";
import { runLine } from "../../../bench/failover/table";
import { CASES } from "../../faults/cases";
import { FAULTS } from "../../../bench/scenarios/kinds";

/** The bench itself, at three ways to hold the VIP and three faults. Figures of all of them: `./rackplane bench failover`. */
const KINDS = ["bgp", "arp", "haproxy"];

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const never = new AbortController().signal;

afterAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});

describe.each(ourSubjects().filter(({ name }) => KINDS.includes(name)))("$name", subject => {
  const rig = new Rig(subject, say, never);
  let looked = subject.base.controlPlane[0] ?? "";

  beforeAll(() => rig.build());
  afterAll(() => rig.close());
  afterEach(async context => {
    if (context.task.result?.state === "fail") say(`${looked}:\n${await journal(looked)}`);
  });

  // Two cores carry all machines and all clients: what is missed twice in a row is the program's.
  test.each(FAULTS)("outlives %s: within its bound, nothing lost, whole again", { retry: 1 }, async name => {
    const fault = CASES.find(one => one.name === name);
    if (fault === undefined) throw new Error(`fault ${name}: found no such case, expected one`);
    const run = await runOnce({ subject, fault, number: 1 }, rig, never);
    looked = run.victims[0] ?? looked;
    say(`figure: ${runLine(run)}`);
    expect(run.figures.lost).toBe(0);
    expect(run.figures.written).toBeGreaterThan(0);
    expect(run.figures.outageSeconds).toBeLessThanOrEqual(subject.base.longestOutage[name]);
    expect(run.wholeAt).toBeDefined();
    expect(run.seen.length).toBeGreaterThan(0);
  });
});
