import { expect, test } from "vitest";
import { summarise } from "../../probe/outcome";

const attempts = (...bad: number[]) => Array.from({ length: 100 }, (_, i) => i / 10)
  .map(at => ({ at, result: bad.includes(at) ? "timeout" : "ok" }));

test("without a failure there is no outage", () => {
  expect(summarise(attempts())).toEqual({ total: 100, failed: 0, outageSeconds: 0, outages: 0, reasons: {} });
});

test("an outage lasts from its first failure to its last, successes between included", () => {
  expect(summarise(attempts(1, 1.2, 2.5))).toMatchObject({ failed: 3, outageSeconds: 1.5, outages: 1, reasons: { timeout: 3 } });
});

test("failures more than two seconds apart are two outages, and the longer one counts", () => {
  expect(summarise(attempts(1, 1.4, 8))).toMatchObject({ failed: 3, outageSeconds: 0.4, outages: 2 });
});
