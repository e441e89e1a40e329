import type { BackupsArgs } from "./backups/backups";
import type { RestoreArgs } from "./backups/restore";
import type { CertificatesArgs } from "./certificates";
import type { CloudProviderArgs } from "./cloud-provider/cloud-provider-kinds";
import type { ControlPlaneArgs } from "./control-plane";
import type { DeadlinesArgs } from "./deadlines";
import type { EtcdArgs } from "./etcd";
import type { GenerationArgs } from "./generations";
import type { EndpointArgs } from "./endpoint/endpoint-kinds";
import type { KubeconfigArgs } from "./kubeconfigs";
import type { ApiServerArgs } from "./kubernetes/api-server";
import type { PartArgs } from "./kubernetes/parts";
import type { MachinesArgs } from "./machines/machine-kinds";
import type { WorkerPoolArgs } from "./machines/workers";
import type { MirrorsArgs } from "./mirrors";
import type { PackagesArgs } from "./packages";
import type { NetworkArgs } from "./network/network-kinds";
import type { ServicesArgs } from "./services/service-kinds";
import type { SshArgs } from "./ssh";

/**
 * What a person says about a cluster: the arguments of the `Cluster` component, and, key by key, the stack's
 * configuration (`rackplane:<key>`). `parseCluster` turns it into a `ClusterSpec`.
 */
export interface ClusterArgs extends GenerationArgs {
  /**
   * Cluster name, a DNS label of at most 58 characters; machines are called `<name>-cp-0`, `<name>-cp-1`, ...
   * It cannot be changed while the cluster runs.
   * @default the component's name; of a stack, the name that the stack had at its first `pulumi up`
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
  /**
   * How the addresses of Services of type LoadBalancer are announced, and which there are; the fields depend on `kind`.
   * @default none: such Services get no address
   * @example { kind: "kube-vip-bgp", addresses: ["203.0.113.64/28"] }
   */
  services?: ServicesArgs;
  /**
   * The external cloud provider: kubelets run with `--cloud-provider=external`, and the provider's controller, which is
   * installed, tells the cluster of its machines; the fields depend on `kind`. A cluster is made with it: it cannot be
   * added to one that runs, only taken out.
   * @default none
   * @example { kind: "equinix-metal", apiToken: config.requireSecret("cloudToken") }
   */
  cloudProvider?: CloudProviderArgs;
  /**
   * Addresses inside the cluster, and what connects pods; the fields depend on `kind`. The kind cannot be changed while
   * the cluster runs.
   * @example { kind: "cilium", kubeProxyReplacement: true }
   */
  network?: NetworkArgs;
  ssh?: SshArgs;
  mirrors?: MirrorsArgs;
  /**
   * Versions of containerd, runc, HAProxy, nginx, keepalived and BIRD.
   * @default {}: the distribution's
   * @example { containerd: "1.7.24~ds1-6" }
   */
  packages?: PackagesArgs;
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
  controllerManager?: PartArgs;
  scheduler?: PartArgs;
  etcd?: EtcdArgs;
  /**
   * Kubernetes' feature gates, for the control plane's parts, kubelets and kube-proxy.
   * @default {}
   * @example { InPlacePodVerticalScaling: true }
   */
  featureGates?: Record<string, boolean>;
  /**
   * More names and addresses for the API server's certificate, besides the VIP and the machines.
   * @default []
   * @example ["api.prod.example.com"]
   */
  apiServerNames?: string[];
  certificates?: CertificatesArgs;
  /**
   * Kubeconfigs by name, each with a group of its own: one that is taken out is refused from then on. `administrator` is
   * there in any case, as the output `kubeconfig`; its `clusterRole` and `groups` are not to be set.
   * @default { administrator: {} }
   * @example { ci: { days: 30, clusterRole: "view" }, administrator: { days: 90 } }
   */
  kubeconfigs?: Record<string, KubeconfigArgs>;
  /** On by default, to each control-plane machine itself. */
  backups?: BackupsArgs;
  /**
   * Makes a cluster that was lost again from a backup.
   * @default none
   * @example { from: { kind: "s3", endpoint: "https://s3.example.com", bucket: "backups", accessKey, secretKey } }
   */
  restore?: RestoreArgs;
  deadlines?: DeadlinesArgs;
  /**
   * Refuse to destroy the cluster until this is set back to false: Pulumi protects the resource of its formation.
   * `machines.protect` does the same for rented machines, their project and their address block.
   * @default false
   */
  protect?: boolean;
}
