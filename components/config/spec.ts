import type { NodeSpec } from "../../cloud-init/contract/node";
import type { BackupsSpec } from "./backups/backups";
import type { RestoreSpec } from "./backups/restore";
import type { CertificatesSpec } from "./certificates";
import type { CloudProviderSpec } from "./cloud-provider/cloud-provider-kinds";
import type { EndpointSpec } from "./endpoint/endpoint-kinds";
import type { EtcdSpec } from "./etcd";
import type { GenerationSpec } from "./generations";
import type { KubeconfigSpec } from "./kubeconfigs";
import type { ApiServerSpec } from "./kubernetes/api-server";
import type { IsolationSpec } from "./kubernetes/isolation";
import type { PartSpec } from "./kubernetes/parts";
import type { MachinesSpec } from "./machines/machine-kinds";
import type { WorkerPoolSpec } from "./machines/workers";
import type { MirrorsSpec } from "./mirrors";
import type { PackagesSpec } from "./packages";
import type { NetworkSpec } from "./network/network-kinds";
import type { ServicesSpec } from "./services/service-kinds";
import type { SshSpec } from "./ssh";
import type { JsonObject } from "./values/json";

export type { CloudProviderSpec } from "./cloud-provider/cloud-provider-kinds";
export type { EndpointSpec } from "./endpoint/endpoint-kinds";
export type { KubeVipBgpSpec } from "./endpoint/kube-vip-bgp";
export type { EquinixMetalSpec } from "./machines/equinix-metal";
export type { Sites } from "./machines/equinix-servers";
export type { HostSpec } from "./machines/hosts";
export type { MachinesSpec } from "./machines/machine-kinds";
export type { SshHostsSpec } from "./machines/ssh-hosts";
export type { WorkerPoolSpec } from "./machines/workers";
export type { NetworkSpec } from "./network/network-kinds";
export type { ServicesSpec } from "./services/service-kinds";
export type { SshSpec } from "./ssh";

/**
 * The complete description of a cluster: every default filled in, every value checked, frozen. Only `parseCluster`
 * makes it; everything else in the product reads it.
 */
export interface ClusterSpec extends GenerationSpec {
  /** DNS label. */
  readonly name: string;
  /** Exact version without "v", e.g. `1.34.3`. */
  readonly kubernetesVersion: string;
  readonly controlPlane: {
    /** 1, 3, 5 or 7. */
    readonly count: number;
    /** `<name>-cp-<i>`, with `-g<generation>` from generation 1 on, or the hosts' own names; one per machine. */
    readonly names: readonly string[];
    readonly schedulable: boolean;
    readonly isolation?: IsolationSpec;
  };
  readonly machines: MachinesSpec;
  readonly workers: readonly WorkerPoolSpec[];
  readonly endpoint: EndpointSpec;
  /** Absent: Services of type LoadBalancer get no address. */
  readonly services?: ServicesSpec;
  /** Absent: kubelets wait for no controller. */
  readonly cloudProvider?: CloudProviderSpec;
  readonly network: NetworkSpec;
  readonly ssh: SshSpec;
  readonly mirrors: MirrorsSpec;
  readonly packages: PackagesSpec;
  /** Merged into KubeletConfiguration. */
  readonly kubelet: JsonObject;
  /** Merged into KubeProxyConfiguration. */
  readonly kubeProxy: JsonObject;
  readonly apiServer: ApiServerSpec;
  readonly controllerManager: PartSpec;
  readonly scheduler: PartSpec;
  readonly etcd: EtcdSpec;
  readonly featureGates: Readonly<Record<string, boolean>>;
  readonly apiServerNames: readonly string[];
  readonly certificates: CertificatesSpec;
  /** By name; the administrator's is always among them. */
  readonly kubeconfigs: Readonly<Record<string, KubeconfigSpec>>;
  readonly backups: BackupsSpec;
  /** Absent: nothing is restored. */
  readonly restore?: RestoreSpec;
  /** Seconds. */
  readonly deadlines: NodeSpec["deadlines"];
  /** The cluster is not to be destroyed. */
  readonly protect: boolean;
}
