import { expect } from "vitest";
import { figure, journal, until } from "../../bench/rack";
import {
  everywhere,
  secondsOf,
  upgrading,
  versionsOf,
  wellUpgraded,
  type UpgradeCase,
} from "../../bench/scenarios/upgrade";
import { kubectl, onMachine } from "../cli/operator";
import { askEtcd, etcdAnswers } from "../../bench/scenarios/etcd";
import type { Seen } from "../../bench/scenarios/watched";
import { expectFormedOnce } from "./formed-once";
import { expectUnnoticed } from "./unnoticed";

/** The cluster's identity, which a second formation would change. */
export const clusterId = async ({ members: [first = ""] }: UpgradeCase): Promise<string> =>
  (await askEtcd<{ header: { cluster_id: string } }>(first, "cluster/member/list")).header.cluster_id;

/** Prints what an upgrade took and cost. */
export function figuresOf({ from, to }: UpgradeCase, output: string, { read, written }: Seen): void {
  figure(`${from} to ${to}: seconds a machine`, JSON.stringify(secondsOf(output)));
  figure(
    "failed of read",
    `${read.failed}/${read.total}, ${read.outages} outages, the longest ${read.outageSeconds} s ${read.longestAt ?? ""} ${JSON.stringify(read.reasons)}`,
  );
  figure("attempts that failed, of writes; lost", `${written.failedAttempts}/${written.asked}; ${written.lost.length}`);
}

const imageOf = async (kind: string, name: string): Promise<string> => {
  const path = "jsonpath={.spec.template.spec.containers[0].image}";
  return (await kubectl(["get", kind, name, "-n", "kube-system", "-o", path])).replace(/^.*:/, "");
};

/** All of the cluster is as the new version has it, it is the cluster that it was, and nothing of the way there is left. */
export async function expectUpgraded(upgrade: UpgradeCase, cluster: string): Promise<void> {
  const { to, members, workers, brings } = upgrade;
  await until("the cluster to be whole after the upgrade", 120, wellUpgraded(upgrade));
  expect(await versionsOf()).toEqual(everywhere(upgrade, to));
  expect(await clusterId(upgrade)).toBe(cluster);
  await expectFormedOnce(members);

  // What goes along: kubeadm's own, and the sandbox image that containerd names.
  expect([await imageOf("daemonset", "kube-proxy"), await imageOf("deployment", "coredns")]).toEqual([
    `v${to}`,
    brings.coredns,
  ]);
  for (const machine of [...members, ...workers])
    expect(await onMachine(machine, ["grep", "-oE", "'pause:[0-9.]+'", "/etc/containerd/config.toml"]), machine).toBe(
      `pause:${brings.pause}`,
    );
  for (const machine of members) {
    const manifest = "/etc/kubernetes/manifests/etcd.yaml";
    expect(await onMachine(machine, ["grep", "-oE", "'etcd:3[0-9.-]+'", manifest]), machine).toBe(
      `etcd:${brings.etcd}`,
    );
    expect(await onMachine(machine, ["grep", "-c", "initial-cluster-state=existing", manifest]), machine).toBe("1");
    const version = brings.etcd.replace(/-\d+$/, "");
    const runs = await etcdAnswers<{ etcdserver: string; etcdcluster: string }>(machine, "version");
    expect([runs.etcdserver, runs.etcdcluster], machine).toEqual([
      version,
      `${version.split(".").slice(0, 2).join(".")}.0`,
    ]);
  }

  for (const machine of members) {
    const modes = await onMachine(machine, ["stat", "-c", "%a", `/var/lib/rackplane/snapshots/etcd-*-before-${to}.db`]);
    expect(new Set(modes.split("\n")), machine).toEqual(new Set(["600"]));
    const left = "ls -d /var/lib/rackplane/upgrade /run/rackplane/held-back /run/rackplane/left-balancers 2>/dev/null";
    expect(await onMachine(machine, [`${left}; iptables -S INPUT | grep rackplane-change; true`]), machine).toBe("");
  }
  const lease = ["get", "lease", "rackplane", "-n", "kube-system", "-o", "jsonpath={.spec.holderIdentity}"];
  expect(await kubectl(lease)).toBe("");
  expect(await kubectl(["get", "nodes", "-o", "jsonpath={.items[*].spec.unschedulable}"])).toBe("");
}

/** The upgrade itself, by one `up` under a reader and a writer: all of it is done, and nobody has lost anything. */
export async function expectUpgrade(upgrade: UpgradeCase): Promise<void> {
  const before = await clusterId(upgrade);
  const { up, ...seen } = await upgrading(upgrade);
  figure("seconds of `up`", up.seconds.toFixed(0));
  figuresOf(upgrade, up.output, seen);
  expect(up.code, up.output.slice(-6000)).toBe(0);
  expect(up.output).toContain(`upgrade ${upgrade.from} to ${upgrade.to}, etcd, the API server and kubelet restart`);
  expectUnnoticed(seen);
  await expectUpgraded(upgrade, before);
}

/** For a test that has failed: the journals of the control plane, and what kube-vip and etcd say of who leads. */
export async function tellJournals({ members }: UpgradeCase): Promise<void> {
  for (const name of members)
    process.stdout.write(`${name}:\n${await journal(name)}\n${await leaders(name).catch(String)}\n`);
}

const leaders = (machine: string): Promise<string> =>
  onMachine(machine, [
    "cd /var/log/pods && tail -qn 40 kube-system_kube-vip*/*/*.log | cut -c1-260; grep -hE 'leader|slow|too long|lost' kube-system_etcd*/*/*.log | cut -c1-260 | tail -n 80",
  ]);
