import { expect, test } from "vitest";
import { rackplane, until } from "../../../bench/rack";
import { type KindCase, well } from "../../../bench/scenarios/kinds";
import { nameServerReady } from "../../../bench/scenarios/pods";

/** A cluster of that kind that has just come up is healthy to the doctor, too; suite `doctor` breaks some. */
export function doctorFindsNothing(kind: KindCase): void {
  test("the doctor finds nothing on the healthy cluster", async () => {
    await until("the cluster to be whole", 90, well(kind));
    await nameServerReady();
    const { code, output } = await rackplane("doctor", "--stack", kind.stack);
    expect(output).toMatch(/ is healthy: \d+ machines, \d+ examinations, nothing found$/m);
    expect(code).toBe(0);
  });
}
