import { kubectl, onMachine } from "../../rack/cli/operator";
import { askEtcd } from "./etcd";

/** A cluster of etcd as one of its members lists it, on a quorum's word. */
export interface Members {
  /** The cluster's identity, which a second formation would change. */
  readonly cluster: string;
  /** The id of each member by its name. A machine that left and came back has another one. */
  readonly ids: Readonly<Record<string, string>>;
}

/** @param machine whose member is asked */
export async function membersSeenBy(machine: string): Promise<Members> {
  const { header, members } = await askEtcd<{
    header: { cluster_id: string };
    members: { ID: string; name?: string; isLearner?: boolean }[];
  }>(machine, "cluster/member/list", { linearizable: true });
  return {
    cluster: header.cluster_id,
    ids: Object.fromEntries(members.map(({ ID, name = "(not started)" }) => [name, ID])),
  };
}

/** Names of `now` that `before` had not, or had with another id. Pure. */
export const newIn = (now: Members["ids"], before: Members["ids"]): string[] =>
  Object.keys(now)
    .filter(name => now[name] !== before[name])
    .sort();

/** The uid of each Node by its name: a Node that was deleted and made anew has another one. */
export async function nodeIds(): Promise<Record<string, string>> {
  const lines = await kubectl([
    "get",
    "nodes",
    "-o",
    'jsonpath={range .items[*]}{.metadata.name} {.metadata.uid}{"\\n"}{end}',
  ]);
  return Object.fromEntries(
    lines
      .trim()
      .split("\n")
      .map(line => line.split(" ") as [string, string]),
  );
}

/** The keys of the cluster, which every member has alike. */
const SHARED = ["ca.key", "sa.key", "front-proxy-ca.key", "etcd/ca.key"].map(file => `/etc/kubernetes/pki/${file}`);
/** The keys that a machine makes for itself when it joins. */
const OWN = [
  ...[
    "apiserver.key",
    "apiserver-kubelet-client.key",
    "apiserver-etcd-client.key",
    "front-proxy-client.key",
    "etcd/server.key",
    "etcd/peer.key",
    "etcd/healthcheck-client.key",
  ].map(file => `/etc/kubernetes/pki/${file}`),
  "/var/lib/kubelet/pki/kubelet-client-current.pem",
];

/** SHA-256 of each key on a machine, by its path. */
export interface Keys {
  readonly shared: Readonly<Record<string, string>>;
  readonly own: Readonly<Record<string, string>>;
}

/** @throws Error when a key is missing there */
export async function keysOn(machine: string): Promise<Keys> {
  return { shared: await sums(machine, SHARED), own: await sums(machine, OWN) };
}

/** The one key pair that a worker makes for itself. */
export const workerKey = (machine: string): Promise<Record<string, string>> => sums(machine, OWN.slice(-1));

async function sums(machine: string, files: readonly string[]): Promise<Record<string, string>> {
  const lines = (await onMachine(machine, ["sha256sum", ...files])).trim().split("\n");
  return Object.fromEntries(
    lines.map(line => {
      const [sum = "", file = ""] = line.split(/\s+/);
      return [file, sum];
    }),
  );
}

/** Paths that have the same sum in both. Pure. */
export const alike = (one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): string[] =>
  Object.keys(one).filter(file => one[file] === other[file]);

/**
 * Puts a file of this name beside the keys and into etcd's data on a machine, to see whether both are emptied when it
 * leaves.
 */
export const plant = (machine: string, name: string): Promise<string> =>
  onMachine(machine, ["touch", ...PLACES.map(folder => `${folder}/${name}`)]);

/** The planted files that are still there. */
export async function planted(machine: string, name: string): Promise<string[]> {
  const found = await onMachine(machine, ["ls", ...PLACES.map(folder => `${folder}/${name}`), "2>/dev/null;", "true"]);
  return found.split("\n").filter(Boolean);
}
const PLACES = ["/etc/kubernetes/pki", "/var/lib/etcd/member"];

/** The generation that a machine has noted of itself: 0 where it never left. */
export const generationOn = async (machine: string): Promise<number> =>
  Number(await onMachine(machine, ["cat", "/var/lib/rackplane/generation", "2>/dev/null", "||", "echo", "0"]));
