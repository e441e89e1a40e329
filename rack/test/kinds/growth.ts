import { expect, test } from "vitest";
import { readStackFile } from "../../cli/stack-file";
import { figure, rackplane, until } from "../../../bench/rack";
import { upProbed } from "../../../bench/scenarios/edits";
import { growing, grownKind, masters, MORE } from "../../../bench/scenarios/growth";
import { ledTo } from "../../../bench/scenarios/led-to";
import { keptAtLast } from "../../../bench/scenarios/kept";
import { well, type KindCase } from "../../../bench/scenarios/kinds";

/** The control plane changes its size; balancers follow it by a reload, and nobody notices. */
export function balancersFollow(kind: KindCase): void {
  const vip = readStackFile(kind.stack).endpoint.address ?? "";

  test("grows from three to five: balancers lead to all five, reloaded and never restarted", async () => {
    const before = await masters(kind);
    await growing(kind, async ({ up, outcome }) => {
      figure(
        "three to five machines, seconds; failed meanwhile",
        `${up.seconds}; ${outcome.failed} of ${outcome.total}, outage ${outcome.outageSeconds} ${JSON.stringify(outcome.reasons)}`,
      );
      await until("five members to be whole", 120, well(grownKind(kind)));
      for (const machine of kind.balancers)
        expect(await ledTo(machine, "haproxy")).toEqual(grownKind(kind).controlPlane);
      expect(await masters(kind)).toEqual(before);
      expect(outcome.outageSeconds).toBeLessThanOrEqual(2);
    });
  });

  test("shrinks to three again by the stack file alone: the two leave and keep nothing, and nobody notices", async () => {
    const before = await masters(kind);
    const { up, outcome } = await upProbed(() => rackplane("up", "--stack", kind.stack));
    figure(
      "five to three machines, seconds; failed meanwhile",
      `${up.seconds}; ${outcome.failed} of ${outcome.total}, outage ${outcome.outageSeconds} ${JSON.stringify(outcome.reasons)}`,
    );
    expect(up.code, up.output.slice(-4000)).toBe(0);
    await until("three members to be whole", 60, now =>
      well(kind)({ ...now, machines: now.machines.filter(({ name }) => !MORE.includes(name)) }),
    );
    for (const machine of kind.balancers) expect(await ledTo(machine, "haproxy")).toEqual(kind.controlPlane);
    for (const machine of MORE) expect(await keptAtLast(machine, vip), machine).toEqual([]);
    expect(await masters(kind)).toEqual(before);
    expect(outcome.outageSeconds).toBeLessThanOrEqual(2);
  });
}
