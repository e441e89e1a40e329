import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  DAY,
  formedAt,
  isYoung,
  issuePeriod,
  periodsPassed,
  wasFormedBefore,
} from "../../../components/membership/due";
import { PKI } from "../cluster/lab";

/** Which issue a kubeconfig of so many days is at, so many days after the formation. */
const issue = (days: number, age: number): number =>
  periodsPassed({ since: 0, now: age * DAY, period: issuePeriod(days) });

describe("the issue of a kubeconfig", () => {
  test.each([
    ["is the first on the day of the formation", 365, 0, 0],
    ["is the first as long as a third of its days is left", 365, 243, 0],
    ["is the second once two thirds are over", 365, 244, 1],
    ["is the second until two thirds of the second's are over", 365, 486, 1],
    ["is the third then", 365, 487, 2],
    ["is another every twenty days for one of thirty", 30, 61, 3],
    ["is another within a day for one of a day", 1, 0.7, 1],
    ["is the first where a clock is behind the formation", 365, -3, 0],
  ])("%s", (_what, days, age, expected) => {
    expect(issue(days, age)).toBe(expected);
  });

  test("is another one for every `up` in the last third of its life, whenever it was issued", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3650 }),
        fc.double({ min: 0, max: 20_000, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (days, issuedAt, part) => {
          const up = issuedAt + days * (2 / 3 + part / 3) + 1e-6;
          expect(issue(days, up)).toBeGreaterThan(issue(days, issuedAt));
        },
      ),
    );
  });

  test("is the first as long as nothing is known of the formation", () => {
    expect(periodsPassed({ since: undefined, now: Date.now(), period: DAY })).toBe(0);
  });
});

describe("a cluster", () => {
  test("has no date before there is a certificate", () => {
    expect([formedAt(""), formedAt(PKI["ca.crt"])]).toEqual([undefined, undefined]);
  });

  test("was formed before an `up` that began after its CA's date and the five minutes that kubeadm dates it back", () => {
    const backdated = 5 * 60 * 1000;
    expect([undefined, 0, 1].map(since => wasFormedBefore(backdated + 1, since))).toEqual([false, true, false]);
  });

  test("is young for a day, and before it is there", () => {
    expect([isYoung(undefined, DAY), isYoung(0, DAY - 1), isYoung(0, DAY)]).toEqual([true, true, false]);
  });
});
