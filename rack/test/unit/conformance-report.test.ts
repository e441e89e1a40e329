import { describe, expect, it } from "vitest";
import { conformanceTests, outcomeOf } from "../conformance/report";

const spec = (name: string, State: string, more = {}) => ({
  ContainerHierarchyTexts: ["[sig-network] DNS"],
  LeafNodeType: "It",
  LeafNodeText: name,
  State,
  ...more,
});
const report = (...SpecReports: object[]): string => JSON.stringify([{ SpecReports }]);

describe("the report of a run of Kubernetes' tests", () => {
  it("tells passed tests by their whole names, and leaves out what was not asked for", () => {
    expect(outcomeOf(report(spec("answers", "passed"), spec("adds", "passed"), spec("sleeps", "skipped")))).toEqual({
      passed: ["[sig-network] DNS adds", "[sig-network] DNS answers"],
      failed: [],
    });
  });
  it.each(["failed", "panicked", "timedout", "interrupted", "aborted"])("tells one that %s with its reason", State => {
    const more = { Failure: { Message: "no answer" }, CapturedGinkgoWriterOutput: "asked twice" };
    expect(outcomeOf(report(spec("answers", State, more))).failed).toEqual([
      { name: "[sig-network] DNS answers", why: `${State}: no answer`, log: "asked twice" },
    ]);
  });
  it("tells a failure before any test, which passes none", () => {
    const before = { ContainerHierarchyTexts: null, LeafNodeType: "SynchronizedBeforeSuite" };
    expect(outcomeOf(report(spec("", "failed", before), spec("answers", "skipped")))).toMatchObject({
      passed: [],
      failed: [{ name: "SynchronizedBeforeSuite", why: "failed: it says nothing" }],
    });
    expect(outcomeOf(report(spec("", "passed", before))).passed).toEqual([]);
  });
});

it("the list of conformance tests gives those of one group, by their whole names", () => {
  const list = "- codename: '[sig-network] DNS\n    should answer'\n- codename: '[sig-node] Pods should run'\n";
  expect(conformanceTests(list, "[sig-network]")).toEqual(["[sig-network] DNS should answer"]);
});
