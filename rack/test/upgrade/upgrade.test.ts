import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { figure, rackplane, statusNow, until } from "../../../bench/rack";
import {
  everywhere,
  LONGEST_UPGRADE,
  upgradeCase,
  upgrading,
  versionsOf,
  wellUpgraded,
} from "../../../bench/scenarios/upgrade";
import { freshStack } from "../fresh-stack";
import { expectUpgrade, tellJournals } from "../upgraded";

const upgrade = upgradeCase("upgrade");
const { stack } = upgrade;

describe("Kubernetes 1.34.3 over BGP, by an edit of its version,", () => {
  beforeAll(() => freshStack(stack, wellUpgraded(upgrade)));
  afterEach(async context => {
    if (context.task.result?.state === "fail") await tellJournals(upgrade);
  });

  test("stays as it is on every machine where the mirrors lack the new one, and nobody notices", async () => {
    const { up, read, written } = await upgrading(upgrade, "1.34.9");
    figure(
      "a version that no mirror has: failed of read, of written",
      `${read.failed}/${read.total}, ${written.failedAttempts}/${written.asked}`,
    );
    expect(up.code).not.toBe(0);
    expect(up.output).toMatch(/has no kubeadm 1\.34\.9; it has: .*1\.34\.4-1\.1.*nothing was changed/);
    expect(await versionsOf()).toEqual(everywhere(upgrade, "1.34.3"));
    expect([read.failed, written.lost]).toEqual([0, []]);
    const back = await rackplane("up", "--stack", stack);
    expect(back.code, back.output.slice(-4000)).toBe(0);
    await until("the cluster to be whole after the edit was taken back", 60, wellUpgraded(upgrade));
  });

  test(
    "becomes 1.34.4 on every machine, with what goes along, and neither a reader nor a writer at the VIP loses anything",
    () => expectUpgrade(upgrade),
    (LONGEST_UPGRADE + 300) * 1000,
  );

  test("changes nothing the next time, and goes back to no earlier version", async () => {
    const again = await upgrading(upgrade);
    expect(again.up.code, again.up.output.slice(-4000)).toBe(0);
    expect(again.up.output).not.toContain("member change");
    const back = await rackplane("up", "--stack", stack);
    expect(back.code).not.toBe(0);
    expect(back.output).toMatch(
      /kubernetesVersion: found 1\.34\.3, expected 1\.34\.4, which runs here, or a later one/,
    );
    expect((await statusNow()).endpoint?.answers).toBe(true);
  });
});

afterAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});
