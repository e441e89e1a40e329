import { announcersExpected } from "../../rack/cli/endpoint";
import { kubectl } from "../../rack/cli/operator";
import { readStackFile } from "../../rack/cli/stack-file";
import type { Status } from "../../rack/cli/status";
import { imagesFor, minorOf } from "../../rack/mirrors";
import { whole } from "../rack";
import { upWith, type WatchedUp } from "./watched";

/** A cluster of machines that exist and what it is upgraded to. */
export interface UpgradeCase {
  readonly stack: string;
  readonly from: string;
  readonly to: string;
  readonly members: readonly string[];
  readonly workers: readonly string[];
  /** Machines that announce when all is well. */
  readonly announcers: number;
  /** Tags of the images that kubeadm of `to` brings along. */
  readonly brings: { readonly etcd: string; readonly coredns: string; readonly pause: string };
}

/** By the suite that runs it. */
const UPGRADES = {
  upgrade: { stack: "rack-upgrade", from: "1.34.3", to: "1.34.4" },
  "upgrade-minor": { stack: "rack-upgrade-minor", from: "1.33.13", to: "1.34.3" },
  "upgrade-killed": { stack: "rack-upgrade-killed", from: "1.34.3", to: "1.34.4" },
} as const;

export function upgradeCase(suite: keyof typeof UPGRADES): UpgradeCase {
  const { stack, from, to } = UPGRADES[suite];
  const { hosts, endpoint } = readStackFile(stack);
  const of = (role: string) => hosts.filter(host => host.role === role).map(({ name }) => name);
  const members = of("control-plane");
  const tag = (image: string) => imagesFor(to).find(({ name }) => name.endsWith(`/${image}`))?.tag ?? "";
  return {
    stack,
    from,
    to,
    members,
    workers: of("worker"),
    announcers: announcersExpected(endpoint.kind, members.length),
    brings: { etcd: tag("etcd"), coredns: tag("coredns"), pause: tag("pause") },
  };
}

/** Everything runs, is Ready, healthy and announced. */
export const wellUpgraded = ({ members, workers, announcers }: UpgradeCase): ((now: Status) => boolean) =>
  whole(members.length, { workers: workers.length, announcers });

/** The stack's file with another version, and with the packages of that version's minor. Pure. */
export const withVersion =
  ({ from }: Pick<UpgradeCase, "from">, version: string) =>
  (text: string): string =>
    text
      .replace(`rackplane:kubernetesVersion: ${from}`, `rackplane:kubernetesVersion: ${version}`)
      .replace(`/v${minorOf(from)}/deb/`, `/v${minorOf(version)}/deb/`);

/** Seconds that the `up` of an upgrade may take: with three members and two workers on two cores some 750. */
export const LONGEST_UPGRADE = 1500;

/** One `up` to another version, while the endpoint is watched. */
export const upgrading = (upgrade: UpgradeCase, version = upgrade.to): Promise<WatchedUp> =>
  upWith(upgrade.stack, withVersion(upgrade, version), LONGEST_UPGRADE);

/** The version that runs on each Node, by its name: of its kubelet, and of its API server where it has one. */
export async function versionsOf(): Promise<Record<string, string[]>> {
  const lines = async (...args: string[]) => (await kubectl(args)).trim().split("\n").filter(Boolean);
  const versions: Record<string, string[]> = {};
  for (const line of [
    ...(await lines(
      "get",
      "nodes",
      "-o",
      'jsonpath={range .items[*]}{.metadata.name} {.status.nodeInfo.kubeletVersion}{"\\n"}{end}',
    )),
    ...(await lines(
      "get",
      "pods",
      "-n",
      "kube-system",
      "-l",
      "component=kube-apiserver",
      "-o",
      'jsonpath={range .items[*]}{.spec.nodeName} {.spec.containers[0].image}{"\\n"}{end}',
    )),
  ]) {
    const [node = "", version = ""] = line.split(" ");
    versions[node] = [...(versions[node] ?? []), version.replace(/^.*:/, "")];
  }
  return versions;
}

/** What `versionsOf` says where all machines run that version. */
export const everywhere = (
  { members, workers }: Pick<UpgradeCase, "members" | "workers">,
  version: string,
): Record<string, string[]> => ({
  ...Object.fromEntries(members.map(name => [name, [`v${version}`, `v${version}`]])),
  ...Object.fromEntries(workers.map(name => [name, [`v${version}`]])),
});

/** Seconds that each machine was changed for, as the progress of `up` tells them. Pure. */
export function secondsOf(output: string): Record<string, number> {
  const seconds: Record<string, number> = {};
  for (const [, machine = "", at = ""] of output.matchAll(/(\S+) \+(\d+) s {2}(?:member health|worker worker): done/g))
    seconds[machine] = Number(at);
  return seconds;
}
