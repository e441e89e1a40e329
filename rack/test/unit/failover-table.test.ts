import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { describe, expect, test } from "vitest";
import { figuresSection, PAGE, withFigures } from "../../../bench/failover/docs";
import { commandLine } from "../../../bench/failover/failover";
import { goalOf } from "../../../bench/failover/goals";
import type { Figures, Report, Run } from "../../../bench/failover/record";
import { readReport, ReportFile } from "../../../bench/failover/report-file";
import { balancerIn } from "../../../bench/failover/subject";
import { median, summaries } from "../../../bench/failover/summary";
import { comparison, failoverTable, runLine } from "../../../bench/failover/table";
import { CASES } from "../../faults/cases";

const FIGURES: Figures = {
  outageSeconds: 1.75,
  failed: 11,
  requests: 1200,
  keptOutageSeconds: 10,
  watchGapSeconds: 45.3,
  writeOutageSeconds: 2.4,
  written: 290,
  lost: 0,
  recoverySeconds: 7,
};

const run = (kind: string, fault: string, number: number, figures: Partial<Figures> = {}): Run => ({
  kind,
  fault,
  number,
  victims: [`${kind}-cp-0`],
  at: "2026-01-01T00:00:00.000Z",
  injectedAt: 5,
  wholeAt: 12,
  connections: [],
  kept: [],
  watch: [],
  writes: [],
  seen: [],
  figures: { ...FIGURES, ...figures },
});

const RUNS = [
  run("bgp", "power-off", 1),
  run("bgp", "kill-apiserver", 1, { outageSeconds: 0.15, failed: 3 }),
  run("bgp", "power-off", 2, { outageSeconds: 0.8, failed: 6 }),
  run("bgp", "power-off", 3, { outageSeconds: 0.9, failed: 8, recoverySeconds: undefined }),
];
const goals = (_kind: string, fault: string) => goalOf(fault, { endpoint: "kube-vip-bgp" });

const REPORT: Report = {
  version: 1,
  at: "2026-01-01T00:00:00.000Z",
  command: "./rackplane bench failover --runs 3",
  commit: "abc",
  host: { cores: 2, model: "a processor", memoryGiB: 24, kernel: "6.1" },
  runs: RUNS,
};

describe("the table", () => {
  test("has the median and in brackets the maximum of each fault at each kind, beside its goal", () => {
    expect(failoverTable(RUNS, goals)).toMatchInlineSnapshot(`
      "kind  fault           runs  outage s     goal (median)    failed/requests  kept s         watch s        writes s     lost  whole again s
      bgp   power-off       3     0.90 (1.75)  <= 0.9: reached  25/3600          10.00 (10.00)  45.30 (45.30)  2.40 (2.40)  0     7.00 (never)
      bgp   kill-apiserver  1     0.15         <= 0.5: reached  3/1200           10.00          45.30          2.40         0     7.00"
    `);
  });

  test("says missed by the median, never by a maximum or a minimum", () => {
    const two = [
      run("bgp", "power-off", 1, { outageSeconds: 0.1 }),
      run("bgp", "power-off", 2, { outageSeconds: 1.8 }),
    ];
    expect(failoverTable(two, goals)).toContain("<= 0.9: missed");
    expect(failoverTable([...two, run("bgp", "power-off", 3, { outageSeconds: 0.2 })], goals)).toContain(
      "<= 0.9: reached",
    );
  });

  test("takes a median of none, one and an even number", () => {
    expect(median([])).toBeNaN();
    expect(median([3])).toBe(3);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([1, Infinity, Infinity])).toBe(Infinity);
    expect(median([1, 2, Infinity])).toBe(2);
  });

  test("sums what is counted and never averages a loss away", () => {
    const all = summaries([run("arp", "reboot", 1, { lost: 1 }), run("arp", "reboot", 2), run("arp", "reboot", 3)]);
    expect(all.map(({ lost, requests }) => [lost, requests])).toEqual([[1, 3600]]);
  });

  test("tells a run in one line, also one that was not whole again", () => {
    expect(runLine(run("arp", "reboot", 2))).toBe(
      "arp reboot 2 (arp-cp-0): outage 1.75 s, 11 of 1200 failed, kept 10.00 s, watch 45.30 s, writes 2.40 s, 0 of 290 lost, whole after 7.00 s",
    );
    expect(runLine({ ...run("arp", "reboot", 2), wholeAt: undefined })).toContain("NOT whole again");
  });
});

describe("the goals", () => {
  test("are for faults that there are", () => {
    const names = CASES.map(({ name }) => name);
    const goalless = names.filter(name => goalOf(name, { endpoint: "kube-vip-bgp" }) === undefined);
    // Each fault that the issue names a goal for has one.
    for (const name of ["power-off", "kill-apiserver", "freeze-apiserver", "reboot", "shutdown", "kill-etcd"])
      expect(goalless).not.toContain(name);
    expect(goalOf("power-off", { endpoint: "kube-vip-arp" })).toEqual({ figure: "outageSeconds", most: 3 });
    expect(goalOf("power-off", { endpoint: "external" })).toBeUndefined();
    expect(goalOf("no-such-fault", { endpoint: "keepalived" })).toBeUndefined();
  });
});

describe("the comparison with an earlier report", () => {
  test("shows medians then and now of what both have", () => {
    const earlier = [run("bgp", "power-off", 1, { outageSeconds: 1.75 }), run("arp", "reboot", 1)];
    const text = comparison(RUNS, earlier);
    expect(text).toMatch(/^bgp +power-off +1\.75 -> 0\.90 \(-0\.85\) +11 -> 8 /m);
    expect(text).not.toMatch(/reboot|kill-apiserver/);
    expect(comparison(RUNS, RUNS)).toMatch(/power-off +0\.90 -> 0\.90 \(same\)/);
    expect(comparison(RUNS, [])).toBe("nothing that both reports have");
  });
});

describe("a report on disk", () => {
  const folder = () => fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-report-"));

  test("is whole after each run", () => {
    const file = path.join(folder(), "report.json");
    const { runs, ...head } = REPORT;
    const report = new ReportFile(file, head);
    expect(readReport(file)).toEqual({ ...head, runs: [] });
    runs.forEach((one, i) => {
      report.add(one);
      expect(readReport(file)).toEqual(JSON.parse(JSON.stringify({ ...head, runs: runs.slice(0, i + 1) })));
    });
    expect(fs.readdirSync(path.dirname(file))).toEqual(["report.json"]);
    fs.rmSync(path.dirname(file), { recursive: true });
  });

  test("keeps times to the millisecond", () => {
    const file = path.join(folder(), "report.json");
    const { runs: _runs, ...head } = REPORT;
    new ReportFile(file, head).add({ ...run("arp", "reboot", 1), watch: [1.23456789] });
    expect(readReport(file).runs[0]?.watch).toEqual([1.235]);
    fs.rmSync(path.dirname(file), { recursive: true });
  });

  test("of another version, and what is none, are refused by name", () => {
    const file = path.join(folder(), "other.json");
    fs.writeFileSync(file, '{"version":2,"runs":[]}');
    expect(() => readReport(file)).toThrow(/other\.json: found version 2, expected a report of version 1/);
    fs.writeFileSync(file, "no");
    expect(() => readReport(file)).toThrow(/other\.json: found no JSON that can be read/);
    fs.rmSync(path.dirname(file), { recursive: true });
  });
});

describe("the page of figures", () => {
  test("has its place in docs/failover.md, and only what stands there is exchanged", () => {
    const page = fs.readFileSync(PAGE, "utf8");
    const section = figuresSection(REPORT, goals);
    const once = withFigures(page, section);
    expect(once).toContain("| bgp | power-off | 3 | 0.90 (1.75) | <= 0.9: reached |");
    expect(withFigures(once, section)).toBe(once);
    expect(once.split("<!--")[0]).toBe(page.split("<!--")[0]);
  });

  test("is refused without a place", () => {
    expect(() => withFigures("# none", "figures")).toThrow(/expected the place of the figures/);
  });

  test("names the command as a person types it", () => {
    expect(commandLine({ kind: "arp,bgp", runs: "5", json: "my report.json", docs: true })).toBe(
      "./rackplane bench failover --kind arp,bgp --runs 5 --json 'my report.json' --docs",
    );
  });
});

test("what stands in front of the API servers is read from the stack", () => {
  expect(balancerIn("config:\n  rackplane:endpoint:\n    kind: keepalived\n    balancer: nginx\n")).toBe("nginx");
  expect(balancerIn("config:\n  rackplane:name: rack\n")).toBeUndefined();
  expect(balancerIn("")).toBeUndefined();
});
