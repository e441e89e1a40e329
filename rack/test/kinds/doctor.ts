import { expect, test } from "vitest";
import { rackplane } from "../../../bench/rack";
import type { KindCase } from "../../../bench/scenarios/kinds";

/** A cluster of that kind that has just come up is healthy to the doctor, too; suite `doctor` breaks some. */
export function doctorFindsNothing({ stack }: KindCase): void {
  test("the doctor finds nothing on the healthy cluster", async () => {
    const { code, output } = await rackplane("doctor", "--stack", stack);
    expect(output).toMatch(/ is healthy: \d+ machines, \d+ examinations, nothing found$/m);
    expect(code).toBe(0);
  });
}
