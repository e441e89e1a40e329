import type { BgpPeer, EquinixMetalIdentity, MachineIdentity, Role, SshIdentity } from "./identity";

/**
 * Everything that varies on a machine comes from this one JSON document, `/etc/rackplane/node.json`.
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
  /** What balancer and keepalived on this machine do besides holding the endpoint; absent: nothing. */
  readonly balancing?: Balancing;
  /**
   * A worker's own balancer, to which its packets to the endpoint are led; absent: they go to the VIP. It listens at
   * 127.0.0.1.
   */
  readonly localBalancer?: { readonly port: number };
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
  /** What connects pods; absent: flannel, whose CNI configuration the machine writes. */
  readonly network?: { readonly kind: "none" | "manifests" | "cilium" | "calico" };
  readonly packages: PackageSource;
  readonly images: ImageSource;
  /**
   * The environment of everything that downloads: assignments with a blank between two of them, none in one, and nothing
   * that systemd or a shell would read otherwise. Absent: no proxy. {@link downloadEnvironment}
   */
  readonly downloadEnvironment?: string;
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

/** Where a worker's own balancer listens: the port of Talos' KubePrism, the best known of its kind. */
export const LOCAL_BALANCER_PORT = 7445;

export type Announcer = KubeVipBgp | KubeVipArp | Keepalived | Balancers | External;

/** The VIP held on `lo`, announced over BGP. */
export interface KubeVipBgp {
  readonly kind: "kube-vip-bgp";
  /** Absent: kube-vip, or no control-plane machine. */
  readonly speaker?: "bird";
  /** kube-vip's. */
  readonly image?: string;
  /** BFD on BIRD's sessions: seconds between two packets, and how many have to be missing. Absent: none. */
  readonly bfd?: { readonly intervalSeconds: number; readonly multiplier: number };
  /** BGP hold time in seconds, 3 or more (RFC 4271, 4.2); the lower side of a session wins. */
  readonly holdSeconds: number;
  /** BGP keepalive interval in seconds, at most a third of the hold time. */
  readonly keepaliveSeconds: number;
  /** Seconds between two probes of the local API server. */
  readonly probeSeconds: number;
  /**
   * The neighbours of the sessions. Absent: those in the machine's metadata. `identity`: they differ from machine to
   * machine and are in its `MachineIdentity` (identity.json, or the grant's `machine`). A list: the same for all. MD5
   * passwords are never here: see `GrantSecrets.md5`.
   */
  readonly peers?: "identity" | readonly BgpPeer[];
  /** The machines' AS number; absent with the metadata's neighbours, which tell it. */
  readonly localAs?: number;
  /** The source address or interface of the sessions; absent: the machine's own address. */
  readonly source?: BgpSource;
}

export type BgpSource = { readonly address: string } | { readonly interface: string };

/** The VIP held by kube-vip on an interface of the machine that leads, made known by gratuitous ARP. */
export interface KubeVipArp {
  readonly kind: "kube-vip-arp";
  readonly image: string;
  /** The interface that gets the VIP; absent: the one that has the machine's address. */
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

/** What VRRP needs, wherever keepalived runs; version 2's password is `GrantSecrets.vrrpPassword`. */
export interface Vrrp {
  readonly balancer: Balancer;
  /** Length of the VIP's subnet, e.g. 24. */
  readonly prefix: number;
  /** The interface that gets the VIP; absent: the one that has the machine's address. */
  readonly interface?: string;
  /** 1 to 255; no other VRRP router on that network may have the same. */
  readonly virtualRouterId: number;
  /** Absent: version 2, as on every machine from before version 3 could be had. */
  readonly vrrpVersion?: 3;
  /** Seconds between two advertisements; whole ones in version 2, hundredths in version 3. */
  readonly advertSeconds: number;
}

/** What a balancer does besides fronting the API servers, and how it is looked at. */
export interface Balancing {
  /** HAProxy's statistics page; `address` absent: the machine's own. */
  readonly statistics?: { readonly port: number; readonly address?: string };
  /** HAProxy logs each connection. */
  readonly connectionLog?: true;
  /** keepalived sends SNMP traps by way of the machine's SNMP agent. */
  readonly snmpTraps?: true;
  readonly frontends?: readonly Frontend[];
}

/** A further port: TCP, passed on to `servers`, each `address:port`, or to every control-plane machine at a port. */
export type Frontend = { readonly name: string; readonly port: number; readonly check: boolean } & (
  | { readonly servers: readonly string[] }
  | { readonly controlPlanePort: number }
);

/** The VIP and a balancer on the control-plane machines: VIP:port leads to the roster's machines at `apiServerPort`. */
export interface Keepalived extends Vrrp {
  readonly kind: "keepalived";
}

/** The VIP and a balancer on two further machines; control-plane machines announce nothing. */
export interface Balancers extends Vrrp {
  readonly kind: "balancers";
  /** The two machines of role `balancer`, which are each other's unicast VRRP peers. */
  readonly machines: readonly MachineIdentity[];
}

/** A balancer or a name outside of this program: it is only checked. `endpoint.address` may be a host name. */
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
