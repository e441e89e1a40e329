import fc from "fast-check";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { figuresOf } from "../../../bench/failover/check";
import { withFigures } from "../../../bench/failover/docs";
import { BENCH_FAULTS } from "../../../bench/failover/faults";
import { goalOf } from "../../../bench/failover/goals";
import { grouped, median } from "../../../bench/failover/medians";
import { planned } from "../../../bench/failover/plan";
import { readReport, reportHead, writeReport } from "../../../bench/failover/report";
import { comparison, failoverTable } from "../../../bench/failover/table";
import { openLoop } from "../../../bench/failover/traffic/open-loop";
import { kindCases } from "../../../bench/scenarios/kinds";
import { FAULTS, faultNamed } from "../../faults";
import { answers, report, run, trace, written } from "./failover-runs";

const kinds = kindCases("all").filter(({ faults }) => faults.length > 0);
const there = { kinds, faults: BENCH_FAULTS };

describe("the checker", () => {
  it("tells outages from their first failed request to their last, and the waits of watches and writes", () => {
    expect(figuresOf(trace())).toEqual({
      outageSeconds: 1.45,
      returnOutageSeconds: 0,
      failed: 30,
      requests: 400,
      keptOutageSeconds: 1.9,
      watchGapSeconds: 0.25,
      writeOutageSeconds: 1.1,
      written: 200,
      lost: 0,
      recoverySeconds: 5,
    });
  });
  it("tells what happens when a machine comes back apart from what happened when it went", () => {
    const both = [...answers(20, 8, [4, 5.5]), ...answers(20, 20, [12, 15]).filter(({ sentAt }) => sentAt >= 8)];
    expect(figuresOf(trace({ connections: both }))).toMatchObject({
      outageSeconds: 1.45,
      returnOutageSeconds: 2.95,
      failed: 90,
    });
  });
  it("counts a watch that never comes back up to the end of the run", () => {
    expect(figuresOf(trace({ watch: [0, 1, 2, 3] })).watchGapSeconds).toBeCloseTo(16.95);
  });
  it("counts a write as lost that was acknowledged and is not there, and no other", () => {
    const writes = written(answers(10, 20, [4, 5]), [7]);
    expect(figuresOf(trace({ writes })).lost).toBe(1);
    expect(figuresOf(trace({ writes: writes.map(one => ({ ...one, readBack: true })) })).lost).toBe(0);
  });
  it("tells no recovery where nothing became whole, and counts from when it was asked", () => {
    expect(figuresOf(trace({ wholeAt: undefined }))).not.toHaveProperty("recoverySeconds");
    expect(figuresOf(trace({ healedAt: undefined, askedAt: 12 })).recoverySeconds).toBe(3);
  });
  it("never tells a longer outage than the stretch in which requests failed", () => {
    fc.assert(
      fc.property(
        fc.float({ min: 0, max: 4, noNaN: true }),
        fc.float({ min: 0, max: 5, noNaN: true }),
        (from, length) => {
          const { outageSeconds, failed } = figuresOf(trace({ connections: answers(20, 20, [from, from + length]) }));
          expect(outageSeconds).toBeLessThanOrEqual(length + 0.01);
          expect(outageSeconds).toBeCloseTo(Math.max(0, failed - 1) / 20, 1);
        },
      ),
    );
  });
});

describe("the plan", () => {
  it("has each fault that was asked for at each kind to which it applies, as often as it was asked for", () => {
    const stages = planned({ kinds: ["bgp", "arp"], faults: ["switch-down", "power-off"], runs: 2 }, there);
    expect(
      stages.map(({ kind, runs }) => [kind.name, ...runs.map(({ fault, number }) => `${fault.name} ${number}`)]),
    ).toEqual([
      ["bgp", "power-off 1", "power-off 2", "switch-down 1", "switch-down 2"],
      ["arp", "power-off 1", "power-off 2"],
    ]);
  });
  it("is everything at every kind where nothing is named", () => {
    const stages = planned({ kinds: [], faults: [], runs: 1 }, there);
    expect(stages.map(({ kind }) => kind.name)).toEqual(kinds.map(({ name }) => name));
    for (const { kind, runs } of stages) expect(runs.length, kind.name).toBeGreaterThanOrEqual(25 - 4);
  });
  it("refuses everything that is wrong at once", () => {
    expect(() => planned({ kinds: ["bpg"], faults: ["power", "kill-nginx"], runs: 0.5 }, there)).toThrow(
      /--kind: found "bpg", expected one of bgp, bird, arp[^]*--fault: found "power", expected one of kill-apiserver[^]*--runs: found 0\.5/,
    );
    expect(() => planned({ kinds: ["bgp"], faults: ["kill-nginx"], runs: 1 }, there)).toThrow(
      "--fault: kill-nginx applies to none of bgp; expected one of nginx as --kind",
    );
  });
});

describe("the faults", () => {
  it("are at least 25, each of its own name, and every one applies somewhere", () => {
    expect(BENCH_FAULTS.length).toBeGreaterThanOrEqual(25);
    expect(new Set(BENCH_FAULTS.map(({ name }) => name)).size).toBe(BENCH_FAULTS.length);
    for (const { name, applies } of BENCH_FAULTS) expect(kinds.some(applies), name).toBe(true);
  });
  it("that the rack has are of different names, and one that it has not is told with those that it has", () => {
    expect(new Set(FAULTS.map(({ name }) => name)).size).toBe(FAULTS.length);
    expect(() => faultNamed("power")).toThrow(/^fault power: found no such fault, expected one of: power-off, reboot/);
    expect(faultNamed("switch-down").on).toBe("switch");
  });
});

describe("tables", () => {
  const runs = [
    run(),
    run({ connections: answers(20, 20, [4, 7]) }),
    run({ fault: "reboot", connections: answers(20, 20, [0, 0]) }),
  ];
  it("have medians, the largest beside them, and the goal", () => {
    const [, first = "", second = ""] = failoverTable(runs).split("\n");
    expect(first).toMatch(/^bgp +power-off +2 +2\.20 \(2\.95\) .* 90\/800 .*1\.75 missed$/);
    expect(second).toMatch(/^bgp +reboot +1 +0\.00 .*0\.00 reached$/);
  });
  it("are compared with an earlier report's where both have the same fault at the same kind", () => {
    expect(comparison(runs, [run()])).toMatch(/^kind.*\nbgp +power-off +1\.45 -> 2\.20 /);
    expect(comparison(runs, [run({ kind: "arp" })]).split("\n")).toHaveLength(1);
  });
  it("count runs after which the cluster was not whole", () => {
    expect(grouped([run(), run({ wholeAt: undefined })])[0]).toMatchObject({
      broken: 1,
      median: { recoverySeconds: 5 },
    });
  });
  it("take the middle of values", () => {
    expect([median([3]), median([1, 2]), median([9, 1, 2])]).toEqual([3, 1.5, 2]);
    expect(() => median([])).toThrow("found no value");
  });
  it("know goals only of faults that there are", () => {
    expect(goalOf("arp", "power-off")).toBe(3);
    expect(goalOf("external", "power-off")).toBeUndefined();
  });
});

it("a page gets new figures in the place of the old ones, and one without such a place is refused", () => {
  const page = fs.readFileSync(path.resolve(__dirname, "../../../docs/failover.md"), "utf8");
  const once = withFigures(page, report([run()]));
  expect(once).toMatch(/\| bgp \| power-off \| 1 \| 1\.45 \|/);
  expect(withFigures(once, report([run()]))).toBe(once);
  expect(() => withFigures("# Fail-over\n", report([]))).toThrow("found no place for figures");
});

it("a report is read back as it was written, and one of another version is refused", () => {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "failover-")), "report.json");
  const head = reportHead("./rackplane bench failover");
  writeReport(file, head, [run()]);
  expect(readReport(file)).toEqual({ ...head, runs: [run()] });
  fs.writeFileSync(file, '{"version": 2}');
  expect(() => readReport(file)).toThrow(`${file}: found version 2, expected a report`);
});

it("an open loop begins every request on time, whatever became of the ones before", async () => {
  const begun = Date.now();
  const now = () => (Date.now() - begun) / 1000;
  const at = await openLoop(
    { rate: 20, seconds: 0.5, signal: new AbortController().signal, now },
    async (_, sentAt) => {
      await new Promise(resolve => setTimeout(resolve, 300));
      return sentAt;
    },
  );
  expect(at).toHaveLength(10);
  for (const [n, sentAt] of at.entries()) expect(sentAt).toBeGreaterThanOrEqual(n / 20 - 0.01);
  expect(at.at(-1)).toBeLessThan(0.75);
});
