import type * as pulumi from "@pulumi/pulumi";
import type { NodeSpec, PackageSource } from "../../cloud-init/node-spec";
import type { ApiServerSpec } from "./kubernetes/api-server";
import type { FlannelBackend } from "./args";
import type { IsolationSpec } from "./kubernetes/isolation";
import type { EndpointSpec, MachinesSpec } from "./kinds";
import type { WorkerPoolSpec } from "./machines/workers";

export type { EquinixMetalSpec } from "./machines/equinix-metal";
export type { Sites } from "./machines/equinix-servers";
export type { EndpointSpec, MachinesSpec } from "./kinds";
export type { HostSpec } from "./machines/hosts";
export type { KubeVipBgpSpec } from "./endpoint/kube-vip-bgp";
export type { SshHostsSpec } from "./machines/ssh-hosts";
export type { WorkerPoolSpec } from "./machines/workers";

/**
 * A cluster, said completely: every default filled in, every value checked, nothing to change. Made by
 * `parseCluster` alone; everything else in the product reads it.
 */
export interface ClusterSpec {
  /** DNS label. */
  readonly name: string;
  /** Exact version without "v", e.g. `1.34.3`. */
  readonly kubernetesVersion: string;
  readonly controlPlane: {
    /** 1, 3, 5 or 7. */
    readonly count: number;
    /** `<name>-cp-<i>`, or the hosts' own names; one per machine. */
    readonly names: readonly string[];
    readonly schedulable: boolean;
    readonly isolation?: IsolationSpec;
  };
  readonly machines: MachinesSpec;
  readonly workers: readonly WorkerPoolSpec[];
  readonly endpoint: EndpointSpec;
  readonly network: NetworkSpec;
  readonly ssh: SshSpec;
  readonly mirrors: {
    readonly packages: PackageSource;
    /** Registry host to mirror URL, without a slash at the end. */
    readonly images: Readonly<Record<string, string>>;
  };
  /** Merged into KubeletConfiguration. */
  readonly kubelet: JsonObject;
  /** Merged into KubeProxyConfiguration. */
  readonly kubeProxy: JsonObject;
  readonly apiServer: ApiServerSpec;
  readonly apiServerNames: readonly string[];
  /** Seconds. */
  readonly deadlines: NodeSpec["deadlines"];
}

export interface NetworkSpec {
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly machineCidr?: string;
  readonly dnsDomain: string;
  readonly backend: FlannelBackend;
  readonly flannelImage: string;
}

export interface SshSpec {
  readonly user: string;
  /** One line, `<type> <base64> [comment]`; there whenever machines are rented. */
  readonly publicKey?: string;
  /** Secret. Absent: the SSH agent is asked. */
  readonly privateKey?: pulumi.Output<string>;
}

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}
