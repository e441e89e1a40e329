import verbs from "./node/verbs.json";

/**
 * The one JSON document that everything varying on a machine comes from: `/etc/rackplane/node.json`.
 *
 * The scripts in `node/` are constant; they read this file and, on a machine that existed before, the
 * identity beside it, and nothing else. It is the same for every machine of one role in a cluster and holds
 * no secret: it travels in user data.
 */
export interface NodeSpec {
  /** Version of this document's shape; the on-node program refuses one that it does not know. */
  readonly schema: 1;
  /** What the machine is for; absent for a control-plane machine. */
  readonly role?: Role;
  readonly cluster: {
    /** Cluster name, a DNS label. */
    readonly name: string;
    /** Exact version without "v", e.g. `1.34.3`. */
    readonly kubernetesVersion: string;
  };
  /** Where a machine learns who it is. One module a kind in `components/machines/`. */
  readonly machine: EquinixMetalIdentity | SshIdentity;
  /** The address that clients and joining machines use. */
  readonly endpoint: {
    readonly address: string;
    /** TCP port, 1 to 65535. */
    readonly port: number;
    /**
     * TCP port that API servers bind themselves; absent where it is `port`. Another one where a balancer
     * on the control-plane machines holds `port`.
     */
    readonly apiServerPort?: number;
  };
  /** How the VIP is held. One module a kind in `components/endpoint/`. */
  readonly announcer: Announcer;
  /** What the control plane's pods and the system take for themselves; a smaller machine is refused. */
  readonly isolation?: {
    /** CPUs in all, the system's included; e.g. 5 or 1.5. */
    readonly cpus: number;
    /** Memory of the pods in all, in MiB. */
    readonly memoryMiB: number;
    /** CPUs that no pinned pod runs on, as Linux lists them: `0` or `0-1,8`. */
    readonly reservedSystemCPUs?: string;
    /** Whether pods of whole CPUs get them for themselves. */
    readonly static: boolean;
  };
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

/** What a machine is for. Balancers exist only with the endpoint kind `balancers`. */
export type Role = "control-plane" | "worker" | "balancer";

/** A machine that asks Equinix Metal's metadata service who it is. */
export interface EquinixMetalIdentity {
  readonly kind: "equinix-metal";
  /** @default "https://metadata.platformequinix.com/metadata" */
  readonly metadataUrl: string;
}

/** A machine that was there before: who it is lies in `IDENTITY_FILE`, a `MachineIdentity`. */
export interface SshIdentity {
  readonly kind: "ssh";
}

/**
 * Written over SSH before `prepare` runs, and anew by every grant from its `machine`; absent where the
 * machine asks a metadata service.
 */
export const IDENTITY_FILE = "/etc/rackplane/identity.json";

export type Announcer = KubeVipBgp | KubeVipArp | Keepalived | Balancers | External;

/** The VIP held by kube-vip on `lo`, announced over BGP. */
export interface KubeVipBgp {
  readonly kind: "kube-vip-bgp";
  readonly image: string;
  /** BGP hold time in seconds, 3 or more (RFC 4271, 4.2); the lower side of a session wins. */
  readonly holdSeconds: number;
  /** BGP keepalive interval in seconds, at most a third of the hold time. */
  readonly keepaliveSeconds: number;
  /** Seconds between two probes of the local API server. */
  readonly probeSeconds: number;
  /**
   * Who the sessions are with. Absent: the neighbours in the machine's metadata. `identity`: they differ
   * from machine to machine and are in its `MachineIdentity` (identity.json, or the grant's `machine`).
   * A list: the same for all. MD5 passwords are never here: see `GrantSecrets.md5`.
   */
  readonly peers?: "identity" | readonly BgpPeer[];
  /** The machines' AS number; absent with the metadata's neighbours, which tell it. */
  readonly localAs?: number;
  /** What sessions are made from; absent: the machine's own address. */
  readonly source?: BgpSource;
}

/** A BGP neighbour, without its password. */
export interface BgpPeer {
  readonly address: string;
  readonly as: number;
  /** The neighbour is more than one hop away. */
  readonly multihop: boolean;
}

export type BgpSource = { readonly address: string } | { readonly interface: string };

/** The VIP held by kube-vip on an interface of the machine that leads, made known by gratuitous ARP. */
export interface KubeVipArp {
  readonly kind: "kube-vip-arp";
  readonly image: string;
  /** Where the VIP goes; absent: the interface that has the machine's address. */
  readonly interface?: string;
  /** Seconds: `renew` is below `lease`, `retry` below `renew`. */
  readonly leaseSeconds: number;
  readonly renewSeconds: number;
  readonly retrySeconds: number;
  /** Seconds between two probes of the local API server. */
  readonly probeSeconds: number;
}

/** The program that spreads connections over API servers. */
export type Balancer = "haproxy" | "nginx";

/** What VRRP needs, wherever keepalived runs; its password is `GrantSecrets.vrrpPassword`. */
export interface Vrrp {
  readonly balancer: Balancer;
  /** Length of the VIP's subnet, e.g. 24. */
  readonly prefix: number;
  /** Where the VIP goes; absent: the interface that has the machine's address. */
  readonly interface?: string;
  /** 1 to 255, unlike every other VRRP router's on that network. */
  readonly virtualRouterId: number;
  /** Seconds between two advertisements. */
  readonly advertSeconds: number;
}

/** The VIP and a balancer on the control-plane machines: VIP:port to the roster on `apiServerPort`. */
export interface Keepalived extends Vrrp {
  readonly kind: "keepalived";
}

/** The VIP and a balancer on two further machines; control-plane machines announce nothing. */
export interface Balancers extends Vrrp {
  readonly kind: "balancers";
  /** The two machines of role `balancer`, which are each other's unicast VRRP peers. */
  readonly machines: readonly MachineIdentity[];
}

/** Somebody else's balancer or name: it is only checked. `endpoint.address` may be a host name. */
export interface External {
  readonly kind: "external";
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
  readonly verb: Verb;
  readonly node: NodeSpec;
  /** This machine. It may say more of itself here than in the roster, where name and address alone stand. */
  readonly machine: MachineIdentity;
  /** Every control-plane machine of the cluster; this one is among them, by name and address, if it is one. */
  readonly roster: readonly MachineIdentity[];
  /**
   * SHA-256 of the on-node program's archive that this grant was made for; the machine has it, or is brought it, before
   * the grant. Absent for verbs that only ask.
   */
  readonly program?: string;
  /** A worker's pool, as it should be seen on its Node. */
  readonly pool?: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly taints: readonly Taint[];
  };
  /**
   * Files that this cluster's settings need on the machine, absolute path to content: kubeadm patches (a
   * pool's kubelet settings are one), the audit policy. Put in place (0600, root) before kubeadm runs. The
   * verbs `form`, `member` and `worker` remove what lies in `FILES_FOLDERS` and is not named here (absent: no
   * file is), `ENCRYPTION_FILE` apart; other verbs leave them alone. Not secret.
   */
  readonly files?: Readonly<Record<string, string>>;
  /** kubeadm's v1beta4 documents; JSON is YAML. Absent for a balancer. */
  readonly kubeadm?: {
    /** InitConfiguration, ClusterConfiguration, KubeletConfiguration, KubeProxyConfiguration. Absent for a worker. */
    readonly init?: readonly object[];
    /** JoinConfiguration without discovery: token and CA pin are added on the machine. */
    readonly join: object;
  };
  /** How Secrets are encrypted in etcd; the key is `secrets.encryptionKey`, made by `form`. */
  readonly encryption?: EncryptionProvider;
  readonly secrets?: GrantSecrets;
  /** The files below /etc/kubernetes/pki that make one cluster: relative path to PEM text. */
  readonly pki?: Readonly<Record<PkiFile, string>>;
  /** What a worker joins with, and the resource that is to be replaced when it is over. Secret. */
  readonly invitation?: Invitation & { readonly urn: string };
  /** The name of the worker that `mint` is to invite; an earlier Node of that name is forgotten. */
  readonly invitee?: string;
}

/**
 * `mint` runs on a control-plane machine and results in an `Invitation`; `worker` uses it on the new
 * worker; `balancer` makes VIP and balancer follow the roster. `form` results in `FormResult`.
 */
export type Verb = keyof typeof verbs.granted;

/** What is to be known of a verb that comes with a grant; the machine reads the same table (receive/shape.sh). */
export interface VerbRow {
  /** Whose machines it runs on. */
  readonly roles: readonly Role[];
  /** Parts of the grant without which it is refused. */
  readonly needs: readonly ("documents" | "join document" | "invitation")[];
  /** It sets a machine up to hold the VIP, and is told the secrets of that. */
  readonly holdsVip: boolean;
  /** The machine keeps what the grant says of it, and takes up the newest program. The others only ask. */
  readonly writesFacts: boolean;
}

export const VERBS = verbs.granted as Readonly<Record<Verb, VerbRow>>;

/** Kubernetes' own form. */
export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

/** What must not be in node.json, user data, arguments or logs. */
export interface GrantSecrets {
  /** VRRP's simple password, 1 to 8 characters. */
  readonly vrrpPassword?: string;
  /** BGP neighbour's address to the MD5 password of its session. */
  readonly md5?: Readonly<Record<string, string>>;
  /** 32 bytes in base64. */
  readonly encryptionKey?: string;
}

/** A bootstrap token for one worker, valid for half an hour, and what to know the cluster's CA by. */
export interface Invitation {
  /** `abcdef.0123456789abcdef`. */
  readonly token: string;
  /** `sha256:<hex>` of the CA's public key, as kubeadm's `caCertHashes` has it. */
  readonly caHash: string;
}

export interface FormResult {
  readonly pki: Readonly<Record<PkiFile, string>>;
  /** 32 random bytes in base64; present when the grant asked for `encryption`. */
  readonly encryptionKey?: string;
}

/** How the API server encrypts Secrets at rest. */
export type EncryptionProvider = "secretbox" | "aescbc";

/** kubeadm's `patches.directory` and the API server's own files; what the grant's `files` may lie in. */
export const PATCHES_FOLDER = "/etc/rackplane/patches";
export const API_SERVER_FOLDER = "/etc/rackplane/apiserver";
export const FILES_FOLDERS = [PATCHES_FOLDER, API_SERVER_FOLDER] as const;

/** The EncryptionConfiguration that a machine writes from its grant's provider and key (0600). */
export const ENCRYPTION_FILE = `${API_SERVER_FOLDER}/encryption.json`;

export interface MachineIdentity {
  /** Host name and Node name. */
  readonly name: string;
  /** Private IPv4 address: etcd, API server and BGP sessions use it. */
  readonly address: string;
  /** The interface that has the address; absent: found by the address. */
  readonly interface?: string;
  /** This machine's own BGP neighbours; absent: the announcer's. Not in rosters. */
  readonly peers?: readonly BgpPeer[];
}

/** The keys that kubeadm's documented manual copy takes along (kubeadm HA guide, manual certificates). */
export const PKI_FILES = [
  "ca.crt",
  "ca.key",
  "sa.pub",
  "sa.key",
  "front-proxy-ca.crt",
  "front-proxy-ca.key",
  "etcd/ca.crt",
  "etcd/ca.key",
] as const;
export type PkiFile = (typeof PKI_FILES)[number];
