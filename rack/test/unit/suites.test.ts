import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, test } from "vitest";
import { REPOSITORY } from "../../cli/paths";
import { furtherSuites, suitesNamed } from "../../suites/plan";
import { sumOf } from "../../suites/suite";
import { SUITES } from "../../suites/table";
import { resultOf } from "../../suites/vitest";

const names = (suites: readonly { name: string }[]) => suites.map(({ name }) => name);

describe("what CI runs after the core", () => {
  test("is every other suite once, those first whose files the change touches", () => {
    const order = names(furtherSuites(SUITES, ["rack/stacks/rack-nginx.yaml"], "abc"));
    expect(order[0]).toBe("kind-nginx");
    expect([...order].sort()).toEqual(names(SUITES.filter(({ core, open }) => !core && open === undefined)).sort());
  });

  test("differs from commit to commit and never for one", () => {
    const orders = ["1", "2", "3", "4"].map(commit => names(furtherSuites(SUITES, [], commit)).join());
    expect(new Set(orders).size).toBeGreaterThan(1);
    expect(names(furtherSuites(SUITES, [], "1")).join()).toBe(orders[0]);
  });
});

describe("suites by name", () => {
  test("are taken in the order in which they are asked for, each once", () => {
    expect(names(suitesNamed(SUITES, ["unit", "kind-a*", "kind-arp", "check"]))).toEqual(["unit", "kind-arp", "check"]);
  });

  test("that fit nothing are all named beside those there are", () => {
    expect(() => suitesNamed(SUITES, ["unit", "kinds", "kind-ap"])).toThrow(
      /found "kinds", "kind-ap", expected some of check, unit, node, core, /,
    );
  });

  test("every folder of tests belongs to one", () => {
    const folders = fs
      .readdirSync(path.join(REPOSITORY, "rack/test"), { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(({ name }) => name);
    // `kinds` is run once for each kind, `unit` by vitest.config.ts.
    for (const folder of folders) expect(folder === "kinds" || names(SUITES).includes(folder), folder).toBe(true);
  });

  test("those that are open are drawn by no change, since CI has to be green", () => {
    const open = SUITES.map(suite => ({ ...suite, open: "it has not run yet" }));
    expect(furtherSuites(open, [], "1")).toEqual([]);
  });

  test("the core takes at most twenty minutes", () => {
    const minutes = SUITES.filter(({ core }) => core).reduce((sum, suite) => sum + suite.minutes, 0);
    expect(minutes).toBeLessThanOrEqual(20);
  });
});

describe("the result of a run of vitest", () => {
  const file = (status: string, ...tests: [string, string][]) => ({
    name: path.join(REPOSITORY, "test/a.test.ts"),
    status,
    assertionResults: tests.map(([fullName, result]) => ({ fullName, status: result })),
  });

  test("names what failed", () => {
    const report = { numPassedTests: 1, testResults: [file("failed", ["a rolls", "passed"], ["b stays", "failed"])] };
    expect(resultOf("unit", report, 1)).toEqual({
      passed: 1,
      failed: 1,
      failures: [{ what: "unit: b stays" }],
      twice: [],
    });
  });

  test("says why, without the stack, and of a long answer the beginning and the end", () => {
    const [failed] = file("failed", ["b stays", "failed"]).assertionResults;
    const whyOf = (message: string) => {
      const results = [{ ...file("failed"), assertionResults: [{ ...failed, failureMessages: [message] }] }];
      return resultOf("unit", { numPassedTests: 0, testResults: results } as never, 1).failures[0]?.why ?? "";
    };
    expect(whyOf("Error: found 2\n    at /tmp/a.ts:1:2\nexpected 0")).toBe("Error: found 2\nexpected 0");
    const long = whyOf(`Error: found 2${"x".repeat(9000)}refused`);
    expect(long).toMatch(/^Error: found 2x+\n\[\.\.\.\]\nx+refused$/);
    expect(long.length).toBeLessThan(4100);
  });

  test("counts a file that did not load", () => {
    const report = { numPassedTests: 0, testResults: [file("failed")] };
    expect(resultOf("unit", report, 1).failures).toEqual([{ what: "unit: test/a.test.ts could not be run" }]);
  });

  test("is a failure when it ended badly with all tests passed, or before it reported", () => {
    const report = { numPassedTests: 1, testResults: [file("passed", ["a rolls", "passed"])] };
    expect(resultOf("unit", report, 1)).toEqual({
      passed: 1,
      failed: 1,
      failures: [{ what: "unit: vitest ended with status 1" }],
      twice: [],
    });
    expect(resultOf("unit", undefined, undefined).failed).toBe(1);
  });

  test("tells apart what passed at its second try, which is all that a report says of it", () => {
    const [passed] = file("passed", ["a rolls", "passed"]).assertionResults;
    const again = { ...passed, fullName: "b waits", failureMessages: ["waited 10 s for the state"] };
    const report = {
      numPassedTests: 2,
      testResults: [{ ...file("passed"), assertionResults: [{ ...passed, failureMessages: [] }, again] }],
    };
    const result = resultOf("long", report as never, 0);
    expect(result).toEqual({ passed: 2, failed: 0, failures: [], twice: ["long: b waits"] });
    expect(sumOf([result, result]).twice).toEqual(["long: b waits", "long: b waits"]);
  });
});
