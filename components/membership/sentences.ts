import type { Grant } from "../../cloud-init/contract/grant";
import { isRecord } from "../config/values/section";
import { authorityRefusal, FORMED } from "./authority-steps";
import { differences } from "./differences";
import { minorsBetween, versionStep, type VersionStep } from "./versions";

/** The grant that a machine had last, and the one that it gets. */
interface Pair {
  readonly was: Grant;
  readonly is: Grant;
}

/** What a difference means for a machine. The first row that has something to say explains the paths that it covers. */
interface Row {
  /** Paths of a grant (differences.ts). */
  readonly covers: RegExp;
  /** One sentence, of the paths that are covered; empty: nothing happens; undefined: these are another row's. */
  readonly says: (pair: Pair, paths: readonly string[]) => string | undefined;
}

/**
 * What happens to a machine whose grant is another one, in sentences, as the machine itself will say them
 * (node/grant/change/). A preview knows the last grant and not the machine: what an earlier `up` has done half-way, the
 * machine finds.
 */
export function sentencesOf(was: Grant, is: Grant): string[] {
  let left = differences(was, is);
  const refusal = refused({ was, is }, left);
  if (refusal !== undefined) return [`will be refused: ${refusal}`];
  const sentences: string[] = [];
  for (const { covers, says } of ROWS) {
    const covered = left.filter(path => covers.test(path));
    const sentence = covered.length === 0 ? undefined : says({ was, is }, covered);
    if (sentence === undefined) continue;
    if (sentence !== "") sentences.push(sentence);
    left = left.filter(path => !covers.test(path));
  }
  return sentences;
}

/** Settings that no running cluster changes, as the machine refuses them (node/grant/jq/edits.jq), and their paths. */
export const KEPT: Readonly<Record<string, string>> = {
  "endpoint.kind": "node.announcer.kind",
  "endpoint.speaker": "node.announcer.speaker",
  "endpoint.address": "node.endpoint.address",
  "endpoint.port": "node.endpoint.port",
  "endpoint.apiServerPort": "node.endpoint.apiServerPort",
  "endpoint.virtualRouterId": "node.announcer.virtualRouterId",
  "endpoint.vrrpVersion": "node.announcer.vrrpVersion",
  "endpoint.advertSeconds": "node.announcer.advertSeconds",
  "endpoint.balancer": "node.announcer.balancer",
  name: "node.cluster.name",
  "network.kind": "node.network.kind",
  "network.podCidr": "kubeadm.init.ClusterConfiguration.networking.podSubnet",
  "network.serviceCidr": "kubeadm.init.ClusterConfiguration.networking.serviceSubnet",
  "network.dnsDomain": "kubeadm.init.ClusterConfiguration.networking.dnsDomain",
  "network.kubeProxyReplacement": "kubeadm.init.InitConfiguration.skipPhases",
  "etcd.dataDirectory": "kubeadm.init.ClusterConfiguration.etcd.local.dataDir",
};

const CERTIFICATES = "the controller manager and the scheduler restart";

const ROWS: readonly Row[] = [
  {
    // A worker's label tells the same.
    covers: /^(generation$|kubeadm\.join\.nodeRegistration\.kubeletExtraArgs\.node-labels\.)/,
    says: ({ was, is }, paths) => (paths.includes("generation") ? replaced({ was, is }) : undefined),
  },
  {
    // kubeadm's API, its gates and the sandbox image go with the version, and a mirror may have a folder for each minor.
    covers:
      /^(node\.(cluster\.kubernetesVersion|images\.sandbox|packages\..*)|kubeadm\..*\b(kubernetesVersion|apiVersion|featureGates\..*))$/,
    says: upgrade,
  },
  { covers: /^packages\b/, says: packages },
  {
    covers:
      /^(kubeadm\.init\.ClusterConfiguration\.(apiServer|controllerManager|scheduler|etcd\.local)\.(extraArgs|extraVolumes)\b|files\.\/etc\/rackplane\/(patches\/(kube-|etcd)|apiserver\/)|kubeadm\.(init\.InitConfiguration|join)\.patches\.)/,
    says: ({ was, is }) => (is.pool === undefined ? parts({ was, is }) : undefined),
  },
  { covers: /^kubeadm\.init\.ClusterConfiguration\.apiServer\.certSANs$/, says: certificateNames },
  {
    covers: /^kubeadm\.init\.KubeletConfiguration\./,
    says: (_pair, paths) => `kubelet restarts with other settings: ${names(paths.map(lastOf))}`,
  },
  {
    covers: /^kubeadm\.init\.KubeProxyConfiguration\./,
    says: (_pair, paths) =>
      `kube-proxy restarts on every machine, one after the other, with other settings: ${names(paths.map(lastOf))}`,
  },
  {
    covers: /^kubeadm\.(init\.InitConfiguration|join)\.nodeRegistration\.taints$/,
    says: ({ is }) =>
      // A worker's are its pool's.
      is.pool !== undefined
        ? undefined
        : isRecord(documentOf(is, "InitConfiguration").nodeRegistration) &&
            "taints" in (documentOf(is, "InitConfiguration").nodeRegistration as object)
          ? "ordinary pods may run on this machine from now on"
          : "ordinary pods may not be placed on this machine any more; those that run stay",
  },
  {
    covers: /^(encryption\b|secrets\.encryptionKeys?\b)/,
    says: (_pair, paths) =>
      paths.some(path => /^encryption(\.(provider|generation))?$/.test(path))
        ? "the API server's keys of Secrets become others"
        : "",
  },
  { covers: /^(authorities|pki|trusts)\b/, says: exchange },
  { covers: /^access\b/, says: () => "other SSH keys may log in" },
  {
    covers: /^certificates\.endBefore$/,
    says: ({ is }) =>
      is.certificates?.endBefore === undefined
        ? undefined
        : `renew certificates that end before ${day(is.certificates.endBefore)}, ${CERTIFICATES}`,
  },
  {
    covers: /^certificates\./,
    says: ({ is }) =>
      `renew certificates when fewer than ${is.certificates?.renewDays ?? 0} days are left${is.certificates?.timer ? ", by a timer, too" : ""}`,
  },
  {
    covers: /^defragmentation\./,
    says: ({ is: { defragmentation } }) =>
      defragmentation?.timer
        ? `look once an hour whether etcd is to be defragmented, from ${defragmentation.freePercent} % free pages on`
        : "defragment etcd by no timer",
  },
  {
    covers: /^backups\b/,
    says: ({ is: { backups } }) =>
      backups?.timer
        ? `back the cluster up every ${backups.hours} h to ${backups.stores.length} ${backups.stores.length === 1 ? "store" : "stores"}, ${backups.keep} are kept`
        : "back the cluster up by no timer",
  },
  {
    covers: /^node\.(announcer\.image|images\.extra)$/,
    says: ({ was, is }) =>
      imageOf(was) === imageOf(is)
        ? undefined
        : `exchange kube-vip ${imageOf(was)} for ${imageOf(is)}, another machine holds the VIP meanwhile`,
  },
  {
    covers: /^(node\.announcer\.|machine\.peers|secrets\.)/,
    says: (_pair, paths) => `hold the VIP by other settings (${names(paths)})`,
  },
  { covers: /^node\.balancing\b/, says: (_pair, paths) => `reload the balancer (${names(paths)})` },
  {
    covers: /^node\.localBalancer\b/,
    says: ({ is }) =>
      is.node.localBalancer === undefined
        ? "take the balancer of its own away, the VIP is asked again"
        : "get a balancer of its own, to which kubelet is led",
  },
  { covers: /^roster\b/, says: roster },
  {
    covers: /^(files\.\/etc\/rackplane\/patches\/kubeletconfiguration|kubeadm\.join\.patches\.)/,
    says: ({ is }) =>
      is.pool === undefined
        ? "kubelet restarts with other settings"
        : "kubelet restarts with other settings of its pool or of the cluster",
  },
  {
    covers: /^(pool\.labels\b|kubeadm\.join\.nodeRegistration\.kubeletExtraArgs\.node-labels\.)/,
    says: (_pair, paths) => `set labels of its Node (${names(paths.filter(path => path.startsWith("pool.")))})`,
  },
  { covers: /^(pool\.taints\b|kubeadm\.join\.nodeRegistration\.taints$)/, says: () => "set taints of its Node" },
  {
    covers: /^(node\.deadlines\.|kubeadm\..*\btimeouts\b)/,
    says: (_pair, paths) =>
      `wait for other times (${names(paths.filter(path => path.startsWith("node.")))}), nothing restarts`,
  },
  {
    covers: /^node\.(images|packages|downloadEnvironment)\b/,
    says: (_pair, paths) => `download from elsewhere (${names(paths)}), nothing restarts`,
  },
  { covers: /^program$/, says: () => "its on-node program is replaced, nothing restarts" },
  { covers: /./, says: (_pair, paths) => `settings change: ${names(paths)}` },
];

/** Why the machine will leave everything as it is. */
function refused({ was, is }: Pair, paths: readonly string[]): string | undefined {
  const kept = Object.keys(KEPT).filter(setting => paths.includes(KEPT[setting] ?? ""));
  if (kept.length > 0)
    return `${kept.join(", ")} ${kept.length === 1 ? "is" : "are"} kept in a running cluster; set back what is named, or make another cluster`;
  if (is.pool !== undefined && generationIn(is) < generationIn(was))
    return `generation ${generationIn(is)}; this worker is of generation ${generationIn(was)}, and a generation only goes up`;
  const authorities =
    is.pki === undefined ? undefined : authorityRefusal(was.authorities ?? FORMED, is.authorities ?? FORMED);
  if (authorities !== undefined) return authorities;
  const { from, to, step } = stepOf({ was, is });
  if (step === "down") return `kubernetesVersion ${to}; kubeadm goes back to no version before ${from}`;
  // A worker that was off meanwhile may be three behind (node/grant/receive/edits.sh).
  return step === "minors" && (is.pool === undefined || minorsBetween(from, to) > 3)
    ? `kubernetesVersion ${to}; from ${from} kubeadm goes one minor at a time`
    : undefined;
}

function stepOf({ was, is }: Pair): { from: string; to: string; step: VersionStep } {
  const [from, to] = [was.node.cluster.kubernetesVersion, is.node.cluster.kubernetesVersion];
  return { from, to, step: versionStep(from, to) };
}

function upgrade(pair: Pair): string | undefined {
  const { from, to, step } = stepOf(pair);
  const restarts = pair.is.pool === undefined ? "etcd, the API server and kubelet restart" : "kubelet restarts";
  return step === "none" ? undefined : `upgrade ${from} to ${to}, ${restarts}`;
}

/** The static pods, by their place in kubeadm's document. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  etcd: ["etcd", "local"],
  "kube-apiserver": ["apiServer"],
  "kube-controller-manager": ["controllerManager"],
  "kube-scheduler": ["scheduler"],
};

/** As change/manifests.sh says it. A patch restarts its pod, with what it changes besides arguments. */
function parts({ was, is }: Pair): string | undefined {
  const words = Object.entries(PARTS).flatMap(([pod, place]) => {
    const [from, to] = [partOf(was, place), partOf(is, place)];
    const came = to.flags.filter(flag => !from.flags.includes(flag)).sort();
    const gone = from.flags.filter(flag => !to.flags.includes(flag)).sort();
    if (came.length + gone.length > 0)
      return [
        `${pod} restarts ${[...came.slice(0, 1).map(() => `with ${came.join(" ")}`), ...gone.slice(0, 1).map(() => `without ${gone.join(" ")}`)].join(", ")}`,
      ];
    return from.rest === to.rest && patchesOf(was, pod) === patchesOf(is, pod)
      ? []
      : [`${pod} restarts with other resources, volumes or probes`];
  });
  return words.length === 0 ? undefined : words.join("; ");
}

const documentOf = ({ kubeadm }: Grant, kind: string): Record<string, unknown> =>
  (kubeadm?.init?.find(document => isRecord(document) && document.kind === kind) ?? {}) as Record<string, unknown>;

/** A part's arguments, as on a command line, and everything else of it. */
function partOf(grant: Grant, place: readonly string[]): { flags: string[]; rest: string } {
  let part: unknown = documentOf(grant, "ClusterConfiguration");
  for (const step of place) part = isRecord(part) ? part[step] : undefined;
  const { extraArgs = [], extraVolumes = [] } = (part ?? {}) as {
    extraArgs?: { name: string; value: string }[];
    extraVolumes?: object[];
  };
  return { flags: extraArgs.map(({ name, value }) => `--${name}=${value}`), rest: JSON.stringify(extraVolumes) };
}

/** kubeadm's patches of a pod, whose files are named after it. */
const patchesOf = ({ files = {} }: Grant, pod: string): string =>
  JSON.stringify(Object.entries(files).filter(([path]) => new RegExp(`/patches/${pod}\\d`).test(path)));

function certificateNames({ was, is }: Pair): string {
  const [from, to] = [was, is].map(grant => {
    const { apiServer } = documentOf(grant, "ClusterConfiguration") as { apiServer?: { certSANs?: string[] } };
    return apiServer?.certSANs ?? [];
  }) as [string[], string[]];
  const came = to.filter(name => !from.includes(name)).map(name => `with ${name}`);
  const gone = from.filter(name => !to.includes(name)).map(name => `without ${name}`);
  return `the API server gets a certificate ${[...came, ...gone].join(", ") || "with the same names"}`;
}

/** As change/authorities.sh says it. */
function exchange({ was, is }: Pair): string {
  if (is.pool !== undefined)
    return "kubelet trusts other certificate authorities of the cluster's own, and gets a certificate of the new one once that signs; it restarts";
  const { generation, step } = is.authorities ?? FORMED;
  const all = "etcd, the API server, the controller manager, the scheduler and kubelet restart";
  if (step === "trust")
    return `trust the certificate authorities of generation ${generation} beside the earlier ones, ${all}`;
  if (step === "sign")
    return `have every certificate signed by the authorities of generation ${generation}, the controller manager, the scheduler and kubelet restart`;
  return was.authorities === undefined && JSON.stringify(was.pki) === JSON.stringify(is.pki)
    ? `call the certificate authorities generation ${generation}, nothing restarts`
    : `trust no certificate authorities but those of generation ${generation}, ${all}`;
}

const generationIn = ({ generation = 0 }: Grant): number => generation;

function replaced({ was, is }: Pair): string {
  const to = generationIn(is);
  if (to < generationIn(was)) return `not be replaced, since generation ${to} is lower than the one before`;
  return is.pool === undefined
    ? `be replaced (generation ${to}): give the VIP away, have ordinary pods leave, leave etcd and the cluster, and join anew`
    : `be replaced (generation ${to}): have its pods leave, leave the cluster, and join anew`;
}

const lastOf = (path: string): string => path.replace(/^kubeadm\.init\.[A-Za-z]+\./, "");

function packages({ was, is }: Pair): string {
  const [from, to] = [was.packages ?? {}, is.packages ?? {}];
  const changed = [...new Set([...Object.keys(from), ...Object.keys(to)])].filter(name => from[name] !== to[name]);
  const bring = changed.flatMap(name => (to[name] === undefined ? [] : [`${name} ${to[name]}`]));
  const leave = changed.filter(name => to[name] === undefined);
  return [
    ...(bring.length === 0
      ? []
      : [`bring ${bring.join(" and ")} where it is used, what runs of it restarts, pods go on`]),
    ...(leave.length === 0 ? [] : [`leave ${leave.join(" and ")} to the distribution`]),
  ].join("; ");
}

function roster({ was, is }: Pair): string {
  const [before, after] = [was.roster.map(({ name }) => name), is.roster.map(({ name }) => name)];
  const came = after.filter(name => !before.includes(name)).map(name => `with ${name}`);
  const gone = before.filter(name => !after.includes(name)).map(name => `without ${name}`);
  return `know the control plane ${[...came, ...gone].join(", ") || "by other addresses"}`;
}

const imageOf = ({ node: { announcer } }: Grant): string =>
  ("image" in announcer ? announcer.image : undefined) ?? "none";

/** The date of a time in seconds since 1970. */
const day = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10);

/** Paths that a sentence names. */
const MOST = 6;
const names = (paths: readonly string[]): string =>
  [...paths.slice(0, MOST), ...(paths.length > MOST ? [`${paths.length - MOST} more`] : [])].join(", ");
