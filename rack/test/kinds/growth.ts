import { expect, test } from "vitest";
import { kubectl, onMachine } from "../../cli/operator";
import { figure, rackplane, until } from "../../../bench/rack";
import { growing, grownKind, masters, MORE, serversOf } from "../../../bench/scenarios/growth";
import { well, type KindCase } from "../../../bench/scenarios/kinds";

/** The control plane changes its size; balancers follow it by a reload, and nobody notices. */
export function balancersFollow(kind: KindCase): void {
  test("grows from three to five: balancers lead to all five, reloaded and never restarted", async () => {
    const before = await masters(kind);
    await growing(kind, async ({ up, outcome }) => {
      figure(
        "three to five machines, seconds; failed meanwhile",
        `${up.seconds}; ${outcome.failed} of ${outcome.total}, outage ${outcome.outageSeconds} ${JSON.stringify(outcome.reasons)}`,
      );
      await until("five members to be whole", 120, well(grownKind(kind)));
      for (const machine of kind.balancers) expect(await serversOf(machine)).toEqual(grownKind(kind).controlPlane);
      expect(await masters(kind)).toEqual(before);
      expect(outcome.outageSeconds).toBeLessThanOrEqual(2);
    });
  });

  test("shrinks to three again, after the two have left as the refusal says", async () => {
    const before = await masters(kind);
    const refused = await rackplane("up", "--stack", kind.stack);
    expect(refused.code).not.toBe(0);
    expect(refused.output).toMatch(
      /etcd has a member 'balancers-cp-\d' at 10\.71\.0\.5\d, which the configuration does not have any more/,
    );
    for (const machine of MORE) {
      await onMachine(machine, ["kubeadm", "reset", "-f"]);
      await kubectl(["delete", "node", machine]);
    }
    const up = await rackplane("up", "--stack", kind.stack);
    expect(up.code, up.output.slice(-4000)).toBe(0);
    await until("three members to be whole", 60, now =>
      well(kind)({ ...now, machines: now.machines.filter(({ name }) => !MORE.includes(name)) }),
    );
    for (const machine of kind.balancers) expect(await serversOf(machine)).toEqual(kind.controlPlane);
    expect(await masters(kind)).toEqual(before);
  });
}
