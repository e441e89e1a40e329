/**
 * The one JSON document that everything varying on a machine comes from: `/etc/rackplane/node.json`.
 *
 * The scripts in `node/` are constant; they read this file and nothing else. It is the same for every
 * control-plane machine of a cluster and holds no secret: it travels in user data.
 */
export interface NodeSpec {
  /** Version of this document's shape; the on-node program refuses one that it does not know. */
  readonly schema: 1;
  readonly cluster: {
    /** Cluster name, a DNS label. */
    readonly name: string;
    /** Exact version without "v", e.g. `1.34.3`. */
    readonly kubernetesVersion: string;
  };
  /** Where a machine learns who it is. One module a kind in `components/machines/`. */
  readonly machine: EquinixMetalIdentity;
  /** The address that clients and joining machines use. */
  readonly endpoint: {
    readonly address: string;
    /** TCP port, 1 to 65535. */
    readonly port: number;
  };
  readonly announcer: KubeVipBgp;
  readonly packages: PackageSource;
  readonly images: ImageSource;
  /** Seconds. Deadlines of the waiting steps; past one, the step fails and says what it waited for. */
  readonly deadlines: {
    /** Metadata service answering, and the machine's private address in it. */
    readonly metadata: number;
    /** `bgp_neighbors` present and not empty. */
    readonly bgpNeighbors: number;
    /** Each apt or image pull, retries included. */
    readonly downloads: number;
    /** A healthy member: etcd voting, API server ready, VIP announced. */
    readonly member: number;
  };
}

/** A machine that asks Equinix Metal's metadata service who it is. */
export interface EquinixMetalIdentity {
  readonly kind: "equinix-metal";
  /** @default "https://metadata.platformequinix.com/metadata" */
  readonly metadataUrl: string;
}

/** The VIP held by kube-vip on `lo`, announced over BGP to the neighbours in the machine's metadata. */
export interface KubeVipBgp {
  readonly kind: "kube-vip-bgp";
  readonly image: string;
  /** BGP hold time in seconds, 3 or more (RFC 4271, 4.2); the lower side of a session wins. */
  readonly holdSeconds: number;
  /** BGP keepalive interval in seconds, at most a third of the hold time. */
  readonly keepaliveSeconds: number;
  /** Seconds between two probes of the local API server. */
  readonly probeSeconds: number;
}

/** Where kubeadm, kubelet and kubectl come from: a signed apt repository. */
export interface PackageSource {
  /** Base of the flat repository, e.g. `https://pkgs.k8s.io/core:/stable:/v1.34/deb/`. */
  readonly url: string;
  /** Where the armoured signing key is fetched from; @default `<url>Release.key`. Ignored when `key` is set. */
  readonly keyUrl: string;
  /** SHA-256 of the armoured signing key in hex; when set, another key is refused. */
  readonly keySha256?: string;
}

/** Where container images come from. */
export interface ImageSource {
  /** Registry host to mirror URL, e.g. `registry.k8s.io` -> `https://mirror.example.com`. */
  readonly mirrors: Readonly<Record<string, string>>;
  /** The pod sandbox image that containerd and kubeadm share, e.g. `registry.k8s.io/pause:3.10.1`. */
  readonly sandbox: string;
  /** Images pulled while the machine is prepared besides kubeadm's own: kube-vip's, flannel's. */
  readonly extra: readonly string[];
}

/**
 * What a machine is handed over SSH (`rackplane receive` on standard input): its newest node
 * document and program, the kubeadm documents and, for a member, the cluster's keys. Secret as a whole
 * when `pki` is there; kept in `/run/rackplane` (0600) and wiped when the verb ends.
 */
export interface Grant {
  readonly verb: "form" | "member" | "kubeconfig";
  readonly node: NodeSpec;
  /** This machine. */
  readonly machine: MachineIdentity;
  /** Every control-plane machine of the cluster, this one included. */
  readonly roster: readonly MachineIdentity[];
  /** The on-node program: absolute path to content. */
  readonly bundle: Readonly<Record<string, string>>;
  /** kubeadm's v1beta4 documents; JSON is YAML. */
  readonly kubeadm: {
    /** InitConfiguration, ClusterConfiguration, KubeletConfiguration, KubeProxyConfiguration. */
    readonly init: readonly object[];
    /** JoinConfiguration without discovery: token and CA pin are added on the machine. */
    readonly join: object;
  };
  /** The files below /etc/kubernetes/pki that make one cluster: relative path to PEM text. */
  readonly pki?: Readonly<Record<PkiFile, string>>;
}

export interface MachineIdentity {
  /** Host name and Node name. */
  readonly name: string;
  /** Private IPv4 address: etcd, API server and BGP sessions use it. */
  readonly address: string;
}

/** The keys that kubeadm's documented manual copy takes along (kubeadm HA guide, manual certificates). */
export const PKI_FILES = [
  "ca.crt", "ca.key", "sa.pub", "sa.key",
  "front-proxy-ca.crt", "front-proxy-ca.key", "etcd/ca.crt", "etcd/ca.key",
] as const;
export type PkiFile = (typeof PKI_FILES)[number];
