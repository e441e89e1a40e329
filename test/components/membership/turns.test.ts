import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { turnsOf, waitsFor, type Turns } from "../../../components/membership/turns";
import { minorsBetween, versionStep } from "../../../components/membership/versions";
import { STEPS } from "./steps";

const names = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${prefix}${i}`);
/** The machines of each turn, the turns separated by "|". */
const told = (turns: Partial<Turns>): string => {
  const of = turnsOf({ balancers: [], controlPlane: [], pools: [], ...turns });
  const last = Math.max(0, ...of.values());
  return Array.from({ length: last }, (_, i) =>
    [...of]
      .filter(([, turn]) => turn === i + 1)
      .map(([name]) => name)
      .join(" "),
  ).join(" | ");
};

describe("machines are changed in this order:", () => {
  test.each<[string, Partial<Turns>, string]>([
    ["one control-plane machine after the other", { controlPlane: names("c", 3) }, "c0 | c1 | c2"],
    ["balancers first", { balancers: ["b0", "b1"], controlPlane: names("c", 1) }, "b0 | b1 | c0"],
    [
      "a pool all at once, after the control plane",
      { controlPlane: names("c", 1), pools: [{ machines: names("w", 3) }] },
      "c0 | w0 w1 w2",
    ],
    [
      "a pool by so many at once",
      { controlPlane: names("c", 1), pools: [{ machines: names("w", 5), atOnce: 2 }] },
      "c0 | w0 w1 | w2 w3 | w4",
    ],
    [
      "a pool one by one, beside another pool",
      { controlPlane: names("c", 1), pools: [{ machines: names("w", 3), atOnce: 1 }, { machines: names("x", 2) }] },
      "c0 | w0 x0 x1 | w1 | w2",
    ],
    ["a pool that is smaller than what may be changed at once", { pools: [{ machines: ["w0"], atOnce: 9 }] }, "w0"],
    ["nothing where there is nothing", {}, ""],
  ])("%s", (_what, turns, expected) => {
    expect(told(turns)).toBe(expected);
  });

  test("never more of a pool at once than it says", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 50 }), (count, atOnce) => {
        const turns = [
          ...turnsOf({ balancers: [], controlPlane: ["c"], pools: [{ machines: names("w", count), atOnce }] }).values(),
        ];
        for (const turn of new Set(turns))
          expect(turns.filter(other => other === turn).length).toBeLessThanOrEqual(atOnce);
        // Each waits for one of the turn before its own.
        for (let i = 0; i < count; i++) expect(waitsFor(i, atOnce)).toBe(i < atOnce ? undefined : i - atOnce);
      }),
    );
  });
});

test.each(STEPS)("from %s to %s the step is: %s", (from, to, step) => {
  expect(versionStep(from, to)).toBe(step);
});

test.each([
  ["1.31.4", "1.34.3", 3],
  ["1.34.3", "1.34.9", 0],
  ["1.37.2", "2.0.0", Infinity],
])("from %s to %s it is %d minors", (from, to, minors) => {
  expect(minorsBetween(from, to)).toBe(minors);
});
