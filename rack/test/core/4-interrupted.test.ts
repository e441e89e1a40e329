import { afterEach, beforeEach, expect, test } from "vitest";
import { upKilledAt } from "../../../bench/scenarios/interrupted-up";
import { expectFormedOnce } from "../formed-once";
import { figure, journal, rackplane, until, whole } from "../../../bench/rack";

beforeEach(async () => {
  expect((await rackplane("down")).code).toBe(0);
});

afterEach(async context => {
  if (context.task.result?.state === "fail") process.stdout.write(`${await journal("lab-cp-0")}\n`);
});

// The tests that follow look at what this one leaves.
test("an up that is killed while the cluster forms, and again while a machine joins, converges; the cluster is formed once", async () => {
  await upKilledAt(/k8s-form creating .*kubeadm init/, 400);
  await upKilledAt(/k8s-cp-1-join creating .*(join|token)/, 400);
  const last = await rackplane("up");
  expect(last.code, last.output.slice(-4000)).toBe(0);
  figure("up after two kills, seconds", last.seconds);
  await until("the control plane to be whole", 60, whole(3));
  await expectFormedOnce(["lab-cp-0", "lab-cp-1", "lab-cp-2"]);
});
