import { randomInt } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { figure, rackplane } from "../../../bench/rack";
import { upgradeCase, wellUpgraded } from "../../../bench/scenarios/upgrade";
import { drawn, upgradingKilled } from "../../../bench/scenarios/ups-killed";
import { freshStack } from "../fresh-stack";
import { expectUnnoticed } from "../unnoticed";
import { clusterId, expectUpgraded, figuresOf, tellJournals } from "../upgraded";

const upgrade = upgradeCase("upgrade-killed");

const KILLS = 10;
/** Seconds of an `up`. Ten of them on average are four minutes less than an upgrade takes; an `up` needs ten to reach the first machine. */
const MOMENTS = [5, 70] as const;
/** Seconds for all of it; it takes about 900. */
const LONGEST = 2100;

describe("Kubernetes 1.34.3 behind keepalived and HAProxy", () => {
  beforeAll(() => freshStack(upgrade.stack, wellUpgraded(upgrade)));
  afterEach(async context => {
    if (context.task.result?.state === "fail") await tellJournals(upgrade);
  });

  test(
    `becomes 1.34.4 though its 'up' is killed at ${KILLS} random moments: the last one ends it, and neither a reader nor a writer at the VIP loses anything`,
    async () => {
      const seed = Number(process.env.SEED ?? randomInt(2 ** 32));
      const moments = drawn(seed, KILLS, MOMENTS);
      figure("SEED of the moments, and these, in seconds", `${seed}: ${moments.join(", ")}`);
      const before = await clusterId(upgrade);
      const { killed, last, output, ...seen } = await upgradingKilled(upgrade, moments, LONGEST);
      figure("seconds of the last `up`", last.seconds.toFixed(0));
      figuresOf(upgrade, output, seen);
      expect(killed).toEqual(moments);
      expect(last.code, last.output.slice(-6000)).toBe(0);
      expectUnnoticed(seen);
      await expectUpgraded(upgrade, before);
    },
    (LONGEST + 300) * 1000,
  );
});

afterAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});
