import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { figure, journal, rackplane, statusNow, until, whole } from "../../../bench/rack";
import { secondsOf, upgrading, versionsOf } from "../../../bench/scenarios/upgrade";
import { kubectl, onMachine } from "../../cli/operator";
import { freshStack } from "../fresh-stack";

const STACK = "rack-upgrade";
const MEMBERS = ["upgrade-cp-0", "upgrade-cp-1", "upgrade-cp-2"];
const WORKER = "upgrade-general-0";
const [FIRST = ""] = MEMBERS;
const well = whole(3, { workers: 1 });

/** Seconds of an outage that a reader at the VIP may see. */
const LONGEST = 0.5;

const everywhere = (version: string) => ({
  ...Object.fromEntries(MEMBERS.map(name => [name, [version, version]])),
  [WORKER]: [version],
});
const clusterId = () =>
  onMachine(FIRST, [
    "curl -sS --cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/healthcheck-client.crt --key /etc/kubernetes/pki/etcd/healthcheck-client.key -d '{}' https://127.0.0.1:2379/v3/cluster/member/list | jq -r .header.cluster_id",
  ]);

describe("Kubernetes 1.34.3, by an edit of its version,", () => {
  beforeAll(() => freshStack(STACK, well));
  afterEach(async context => {
    if (context.task.result?.state === "fail") process.stdout.write(`${FIRST}:\n${await journal(FIRST)}\n`);
  });

  test("stays as it is on every machine where the mirrors lack the new one, and nobody notices", async () => {
    const { up, read, written } = await upgrading(STACK, "1.34.3", "1.34.9");
    figure(
      "a version that no mirror has: failed of read, of written",
      `${read.failed}/${read.total}, ${written.failedAttempts}/${written.asked}`,
    );
    expect(up.code).not.toBe(0);
    expect(up.output).toMatch(/has no kubeadm 1\.34\.9; it has: .*1\.34\.4-1\.1.*nothing was changed/);
    expect(await versionsOf()).toEqual(everywhere("v1.34.3"));
    expect([read.failed, written.lost]).toEqual([0, []]);
    const back = await rackplane("up", "--stack", STACK);
    expect(back.code, back.output.slice(-4000)).toBe(0);
    await until("the cluster to be whole after the edit was taken back", 60, well);
  });

  test("becomes 1.34.4 on every machine, and neither a reader nor a writer at the VIP loses anything", async () => {
    const before = await clusterId();
    const { up, read, written } = await upgrading(STACK, "1.34.3", "1.34.4");
    figure("1.34.3 to 1.34.4: seconds of `up`", up.seconds.toFixed(0));
    figure("seconds a machine", JSON.stringify(secondsOf(up.output)));
    figure(
      "failed of read",
      `${read.failed}/${read.total}, outage ${read.outageSeconds} s ${JSON.stringify(read.reasons)}`,
    );
    figure(
      "attempts that failed, of writes; lost",
      `${written.failedAttempts}/${written.asked}; ${written.lost.length}`,
    );
    expect(up.code, up.output.slice(-6000)).toBe(0);
    expect(up.output).toContain("upgrade 1.34.3 to 1.34.4, etcd, the API server and kubelet restart");
    await until("the cluster to be whole after the upgrade", 120, well);
    expect(await versionsOf()).toEqual(everywhere("v1.34.4"));
    expect(await clusterId()).toBe(before);
    expect([written.acknowledged, written.lost]).toEqual([written.asked, []]);
    expect(read.outageSeconds, JSON.stringify(read.reasons)).toBeLessThanOrEqual(LONGEST);
  });

  test("has what goes along with it: kube-proxy's image, a snapshot for root alone, no lock, nothing cordoned", async () => {
    expect(
      await kubectl([
        "get",
        "daemonset",
        "kube-proxy",
        "-n",
        "kube-system",
        "-o",
        "jsonpath={.spec.template.spec.containers[0].image}",
      ]),
    ).toMatch(/:v1\.34\.4$/);
    expect(await onMachine(FIRST, ["stat", "-c", "%a", "/var/lib/rackplane/snapshots/etcd-*-before-1.34.4.db"])).toBe(
      "600",
    );
    expect(
      await kubectl(["get", "lease", "rackplane", "-n", "kube-system", "-o", "jsonpath={.spec.holderIdentity}"]),
    ).toBe("");
    expect(await kubectl(["get", "nodes", "-o", "jsonpath={.items[*].spec.unschedulable}"])).toBe("");
    for (const machine of MEMBERS)
      expect(
        await onMachine(machine, [
          "grep",
          "-c",
          "initial-cluster-state=existing",
          "/etc/kubernetes/manifests/etcd.yaml",
        ]),
      ).toBe("1");
  });

  test("changes nothing the next time, and goes back to no earlier version", async () => {
    const again = await upgrading(STACK, "1.34.3", "1.34.4");
    expect(again.up.code, again.up.output.slice(-4000)).toBe(0);
    expect(again.up.output).not.toContain("member change");
    const back = await rackplane("up", "--stack", STACK);
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
