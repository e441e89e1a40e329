import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { rackplane } from "../../../bench/rack";
import {
  everywhere,
  LONGEST_UPGRADE,
  upgradeCase,
  upgrading,
  versionsOf,
  wellUpgraded,
} from "../../../bench/scenarios/upgrade";
import { upWith } from "../../../bench/scenarios/watched";
import { freshStack } from "../fresh-stack";
import { expectUpgrade, tellJournals } from "../upgraded";

const upgrade = upgradeCase("upgrade-minor");
const { stack } = upgrade;

describe("Kubernetes 1.33.13 with its VIP moved by ARP, by an edit of its version,", () => {
  beforeAll(() => freshStack(stack, wellUpgraded(upgrade)));
  afterEach(async context => {
    if (context.task.result?.state === "fail") await tellJournals(upgrade);
  });

  test("is led over no minor: the machine that is asked first tells the path, and nobody notices", async () => {
    const { up, read, written } = await upgrading(upgrade, "1.35.4");
    expect(up.code).not.toBe(0);
    expect(up.output).toMatch(
      /kubernetesVersion: found 1\.35\.4, expected one minor at a time from 1\.33\.13 on: 1\.34\.x -> 1\.35\.4/,
    );
    expect(await versionsOf()).toEqual(everywhere(upgrade, "1.33.13"));
    expect([read.failed, written.lost]).toEqual([0, []]);
  });

  test("stays as it is while its packages come from the repository of the minor that it has", async () => {
    const version = (text: string) =>
      text.replace("rackplane:kubernetesVersion: 1.33.13", "rackplane:kubernetesVersion: 1.34.3");
    const { up, read, written } = await upWith(stack, version, LONGEST_UPGRADE);
    expect(up.code).not.toBe(0);
    expect(up.output).toMatch(/v1\.33\/deb\/ has no kubeadm 1\.34\.3; it has: 1\.33\.13-1\.1 .*nothing was changed/);
    expect(await versionsOf()).toEqual(everywhere(upgrade, "1.33.13"));
    expect([read.failed, written.lost]).toEqual([0, []]);
  });

  test(
    "becomes 1.34.3 on every machine, etcd 3.5 becomes 3.6 with it, and neither a reader nor a writer at the VIP loses anything",
    () => expectUpgrade(upgrade),
    (LONGEST_UPGRADE + 300) * 1000,
  );
});

afterAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});
