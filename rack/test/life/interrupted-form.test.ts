import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { upDisturbedAt } from "../../../bench/scenarios/interrupted-up";
import { fail, figure, rackplane, until } from "../../../bench/rack";
import { kindCases, well } from "../../../bench/scenarios/kinds";
import { expectFormedOnce } from "../formed-once";

beforeEach(async () => {
  expect((await rackplane("down")).code).toBe(0);
});
afterAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});

/** Endpoints on other machines, which lead to the API server that an interrupted formation left behind. */
describe.each(kindCases("all").filter(({ name }) => ["external", "balancers"].includes(name)))("$name", kind => {
  test("the first machine reboots while it forms the cluster: the next up starts over, and it is formed once", async () => {
    const first = kind.controlPlane[0] ?? "";
    const disturbed = await upDisturbedAt(
      /k8s-form creating .*kubeadm init/,
      () => fail("reboot", first),
      "--stack",
      kind.stack,
    );
    figure(`${kind.name}: up across a reboot of the machine that forms, ended with`, disturbed.code);
    const last = await rackplane("up", "--stack", kind.stack);
    expect(last.code, last.output.slice(-6000)).toBe(0);
    await until("the cluster to be whole", 120, well(kind));
    await expectFormedOnce(kind.controlPlane, 2);
  });
});
