import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { upDisturbedAt, upKilledAt } from "../../../bench/scenarios/interrupted-up";
import { fail, figure, journal, rackplane, until, whole } from "../../../bench/rack";
import { expectFormedOnce } from "../formed-once";

beforeAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});

afterAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});

afterEach(async context => {
  if (context.task.result?.state === "fail") process.stdout.write(`${await journal("arp-cp-1")}\n`);
});

test("an up over SSH is cut while machines are prepared, then a machine reboots while it joins: it converges, formed once", async () => {
  const stack = ["--stack", "rack-arp"];
  await upKilledAt(/arp-cp-0-prepared creating .*packages/, 400, ...stack);
  const disturbed = await upDisturbedAt(
    /arp-cp-1-join creating .*kubeadm join/,
    () => fail("reboot", "arp-cp-1"),
    ...stack,
  );
  process.stdout.write(`figure: up across a reboot of a joining machine: ended with ${disturbed.code}\n`);
  const last = await rackplane("up", ...stack);
  expect(last.code, last.output.slice(-4000)).toBe(0);
  figure("up after the reboot, seconds", last.seconds);
  await until("the control plane to be whole", 90, whole(3, { announcers: 1 }));
  await expectFormedOnce(["arp-cp-0", "arp-cp-1", "arp-cp-2"]);
});
