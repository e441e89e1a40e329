import { afterEach, describe, expect, test } from "vitest";
import { probing } from "../../../bench/probe/probing";
import { fail, figure, heal, journal, until, whole } from "../../../bench/rack";

// Every fault is injected as a person would, and the endpoint is asked 20 times a second all along.
//
// Two cores carry three machines, the probe and whatever else the host does in those seconds: a figure that is
// missed twice in a row is the program's. Each attempt prints its own.
describe("the endpoint outlives the failure of any one machine", { retry: 1 }, () => {
  afterEach(async context => {
    if (context.task.result?.state === "fail") process.stdout.write(`${await journal("lab-cp-1")}\n`);
    await until("the control plane to be whole again", 180, whole(3));
  });

  test("an API server that is killed is out of the path within 1.5 s, and comes back by itself", async () => {
    const outcome = await probing(() => fail("kill-apiserver", "lab-cp-1"), 30);
    figure(
      "API server killed: failed, outage seconds",
      `${outcome.failed} of ${outcome.total}, ${outcome.outageSeconds} ${JSON.stringify(outcome.reasons)}`,
    );
    // Twenty a second: an outage of 1.5 s is thirty, however it is spread.
    expect(outcome.failed).toBeLessThanOrEqual(30);
    expect(outcome.outageSeconds).toBeLessThanOrEqual(1.5);
  });

  test("an API server that stays away for 30 s costs no more than one that is killed", async () => {
    let announcers: string[] = [];
    const outcome = await probing(async () => {
      await fail("apiserver-away", "lab-cp-2");
      const { now } = await until("its announcement to be withdrawn", 10, s => s.endpoint?.announcers.length === 2);
      announcers = now.endpoint?.announcers ?? [];
      await new Promise(resolve => setTimeout(resolve, 30_000));
      await heal("apiserver-away", "lab-cp-2");
    }, 60);
    figure(
      "API server away 30 s: failed, outage seconds",
      `${outcome.failed} of ${outcome.total}, ${outcome.outageSeconds} ${JSON.stringify(outcome.reasons)}`,
    );
    expect(outcome.failed).toBeLessThanOrEqual(30);
    expect(announcers).toEqual(["lab-cp-0", "lab-cp-1"]);
    expect(outcome.outageSeconds).toBeLessThanOrEqual(1.5);
  });

  test("a machine that loses power is out of the path within 4 s", async () => {
    const outcome = await probing(() => fail("power-off", "lab-cp-1"), 20);
    figure(
      "power off: failed, outage seconds",
      `${outcome.failed} of ${outcome.total}, ${outcome.outageSeconds} ${JSON.stringify(outcome.reasons)}`,
    );
    expect(outcome.outageSeconds).toBeLessThanOrEqual(4);
    await heal("power-off", "lab-cp-1");
  });

  test("a machine that falls silent behind a link that stays up is out of the path within 5 s", async () => {
    const outcome = await probing(() => fail("silence", "lab-cp-2"), 20);
    figure(
      "silence (hold time 3 s): failed, outage seconds",
      `${outcome.failed} of ${outcome.total}, ${outcome.outageSeconds} ${JSON.stringify(outcome.reasons)}`,
    );
    expect(outcome.outageSeconds).toBeLessThanOrEqual(5);
    await heal("silence", "lab-cp-2");
  });

  test.each(["lab-cp-0", "lab-cp-1", "lab-cp-2"])(
    "%s reboots: routes, announcement and Ready come back alone within 90 s",
    async machine => {
      await fail("reboot", machine);
      const { seconds } = await until("the control plane to be whole after the reboot", 90, whole(3));
      figure(`reboot of ${machine}, seconds until whole`, seconds.toFixed(1));
    },
  );
});
