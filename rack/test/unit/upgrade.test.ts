import { describe, expect, test } from "vitest";
import { secondsOf, upgradeCase, withVersion } from "../../../bench/scenarios/upgrade";
import { drawn } from "../../../bench/scenarios/ups-killed";
import { programConfig, readStackFile } from "../../cli/stack-file";

describe("the edit of a stack's file for another version", () => {
  const edited = (suite: Parameters<typeof upgradeCase>[0], version?: string) => {
    const upgrade = upgradeCase(suite);
    const config = programConfig(withVersion(upgrade, version ?? upgrade.to)(readStackFile(upgrade.stack).text));
    const { packages } = JSON.parse(config["rackplane:mirrors"] ?? "") as { packages: { url: string } };
    return [config["rackplane:kubernetesVersion"], packages.url.replace("http://pkgs.k8s.io/core:/stable:", "")];
  };

  test("names a patch release, and the packages stay where they are", () => {
    expect(edited("upgrade")).toEqual(["1.34.4", "/v1.34/deb/"]);
    expect(edited("upgrade-killed")).toEqual(["1.34.4", "/v1.34/deb/"]);
  });
  test("names another minor, and where its packages are", () => {
    expect(edited("upgrade-minor")).toEqual(["1.34.3", "/v1.34/deb/"]);
    expect(edited("upgrade-minor", "1.35.4")).toEqual(["1.35.4", "/v1.35/deb/"]);
  });
});

test("a cluster that is upgraded has three members and two workers, and its kubeadm brings what is looked for", () => {
  const minor = upgradeCase("upgrade-minor");
  expect([minor.members.length, minor.workers.length, minor.announcers]).toEqual([3, 2, 1]);
  expect(minor.brings).toEqual({ etcd: "3.6.5-0", coredns: "v1.12.1", pause: "3.10.1" });
  expect(upgradeCase("upgrade").announcers).toBe(3);
});

test("moments are drawn by their seed, within the range, and differ from seed to seed", () => {
  const moments = drawn(7, 10, [5, 70]);
  expect(drawn(7, 10, [5, 70])).toEqual(moments);
  expect(drawn(8, 10, [5, 70])).not.toEqual(moments);
  for (const seed of [0, 7, 2 ** 32 - 1])
    for (const moment of drawn(seed, 100, [5, 70])) {
      expect(moment).toBeGreaterThanOrEqual(5);
      expect(moment).toBeLessThanOrEqual(70);
    }
  // Not all in one corner of it.
  const mean = drawn(1, 1000, [5, 70]).reduce((sum, moment) => sum + moment, 0) / 1000;
  expect(Math.abs(mean - 37.5)).toBeLessThan(3);
});

test("the seconds of each machine are read from what `up` says", () => {
  const output = [
    "  k8s-cp-0-member updating (40s) a-cp-0 +4 s  member change: upgrade 1.34.3 to 1.34.4",
    "  k8s-cp-0-member updating (40s) a-cp-0 +103 s  member health: done: API server ready",
    "  k8s-w-0 updating (40s) a-general-0 +7 s  worker worker: done: Ready",
  ].join("\n");
  expect(secondsOf(output)).toEqual({ "a-cp-0": 103, "a-general-0": 7 });
});
