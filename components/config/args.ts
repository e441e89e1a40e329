import type * as pulumi from "@pulumi/pulumi";
import type { ApiServerArgs } from "./kubernetes/api-server";
import type { IsolationArgs } from "./kubernetes/isolation";
import type { EndpointArgs, MachinesArgs } from "./kinds";
import type { WorkerPoolArgs } from "./machines/workers";

/**
 * What a person says about a cluster: the arguments of the `Cluster` component, and, key by key, the stack's
 * configuration (`rackplane:<key>`). `parseCluster` turns it into a `ClusterSpec`.
 */
export interface ClusterArgs {
  /**
   * Cluster name, a DNS label of at most 58 characters; machines are called `<name>-cp-0`, `<name>-cp-1`, ...
   * @default the stack's name
   * @example "prod"
   */
  name?: string;
  /**
   * Kubernetes version, exact, without "v"; minors 1.31 to 1.37.
   * @default "1.34.3"
   */
  kubernetesVersion?: string;
  controlPlane?: ControlPlaneArgs;
  /** Where the machines come from; the fields depend on `kind`. */
  machines: MachinesArgs;
  /**
   * Pools of workers.
   * @default []
   */
  workers?: WorkerPoolArgs[];
  /** How the virtual IP (VIP) of the Kubernetes API is held; the fields depend on `kind`. */
  endpoint?: EndpointArgs;
  network?: NetworkArgs;
  ssh?: SshArgs;
  mirrors?: MirrorsArgs;
  /**
   * Fields merged into KubeletConfiguration (kubelet.config.k8s.io/v1beta1), without `apiVersion` and `kind`.
   * @default {}
   * @example { maxPods: 200, serializeImagePulls: false }
   */
  kubelet?: Record<string, unknown>;
  /**
   * Fields merged into KubeProxyConfiguration (kubeproxy.config.k8s.io/v1alpha1), without `apiVersion` and `kind`.
   * @default {}
   * @example { mode: "nftables" }
   */
  kubeProxy?: Record<string, unknown>;
  apiServer?: ApiServerArgs;
  /**
   * More names and addresses for the API server's certificate, besides the VIP and the machines.
   * @default []
   * @example ["api.prod.example.com"]
   */
  apiServerNames?: string[];
  deadlines?: DeadlinesArgs;
}

export interface ControlPlaneArgs {
  /**
   * Number of control-plane machines: 1, 3, 5 or 7 (etcd needs a majority and advises 7 at most).
   * @default 3 rented machines; over SSH, as many as `machines.hosts`
   */
  count?: number;
  /**
   * Let ordinary pods run on control-plane machines.
   * @default false
   */
  schedulable?: boolean;
  /**
   * Resources that belong to the control plane's pods alone.
   * @default none: requests as kubeadm sets them, no limits
   */
  isolation?: IsolationArgs;
}

/**
 * Addresses inside the cluster. Ranges are IPv4, private (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16,
 * 100.64.0.0/10) and must not overlap one another.
 *
 * Equinix Metal gives machines private addresses from 10.0.0.0/8, known only once they exist; the default pod
 * range lies in 10.0.0.0/8 too, so that alone is no error. Set `machineCidr` to have an overlap found.
 */
export interface NetworkArgs {
  /**
   * Pod addresses. Each machine takes a /24 (kube-controller-manager's default), so /24 to /9
   * (10.0.0.0/8 as a whole would hold the machines' own addresses).
   * @default "10.244.0.0/16"
   */
  podCidr?: string;
  /**
   * Service addresses, /12 to /28 (kubeadm's limits).
   * @default "10.96.0.0/16"
   */
  serviceCidr?: string;
  /**
   * Where the machines' private addresses lie, if you know it; pods and services may not overlap it.
   * @default none: not checked
   * @example "10.70.0.0/16"
   */
  machineCidr?: string;
  /**
   * Domain of Services.
   * @default "cluster.local"
   */
  dnsDomain?: string;
  /**
   * flannel's way between machines: `vxlan` works over any network; `host-gw` needs every machine on one layer-2
   * network, which Equinix Metal's are not; there it is refused.
   * @default "vxlan"
   */
  backend?: FlannelBackend;
  /**
   * flannel's image with its version.
   * @default "ghcr.io/flannel-io/flannel:v0.26.7"
   */
  flannelImage?: string;
}

export const FLANNEL_BACKENDS = ["vxlan", "host-gw"] as const;
export type FlannelBackend = (typeof FLANNEL_BACKENDS)[number];

/** How Pulumi reaches the machines. The public key, as text or as a file, is required where machines are rented. */
export interface SshArgs {
  /**
   * User to log in as; needs root's rights.
   * @default "root"
   */
  user?: string;
  /**
   * File that holds the public key; `~` is your home directory.
   * @example "~/.ssh/id_ed25519.pub"
   */
  publicKeyPath?: string;
  /**
   * Public key as text.
   * @example "ssh-ed25519 AAAA... me@example.com"
   */
  publicKey?: string;
  /**
   * File that holds the private key, without passphrase; `~` is your home directory.
   * @default none: the SSH agent is asked
   */
  privateKeyPath?: string;
  /**
   * Private key as text (PEM), without passphrase. Kept secret.
   * @default none: the SSH agent is asked
   */
  privateKey?: pulumi.Input<string>;
}

/** Where packages and images come from when not from the Internet. */
export interface MirrorsArgs {
  packages?: {
    /**
     * Base of the signed apt repository that holds kubeadm, kubelet and kubectl (flat layout).
     * @default "https://pkgs.k8s.io/core:/stable:/v<minor>/deb/"
     */
    url: string;
    /**
     * Where the armoured signing key is.
     * @default `<url>Release.key`
     */
    keyUrl?: string;
    /**
     * SHA-256 of the armoured signing key, 64 hex digits; another key is then refused. Required when the key
     * comes over plain http.
     * @default none: the key is trusted as it comes over https
     */
    keySha256?: string;
  };
  /**
   * Registry host to mirror URL.
   * @default {}
   * @example { "registry.k8s.io": "https://mirror.example.com", "ghcr.io": "https://mirror.example.com" }
   */
  images?: Record<string, string>;
}

/** Seconds that a step waits before it fails and says what it waited for. */
export interface DeadlinesArgs {
  /**
   * The metadata service answers with the machine's private address; 10 to 3600 s.
   * @default 300
   */
  metadata?: number;
  /**
   * `bgp_neighbors` appears in the metadata; 10 to 7200 s.
   * @default 900
   */
  bgpNeighbors?: number;
  /**
   * Each package or image download, retries included; 30 to 7200 s.
   * @default 900
   */
  downloads?: number;
  /**
   * A machine becomes a healthy member; 60 to 7200 s.
   * @default 600
   */
  member?: number;
}
