import type * as pulumi from "@pulumi/pulumi";
import type { GrantSecrets } from "../../cloud-init/contract/grant";
import type { MachineIdentity } from "../../cloud-init/contract/identity";
import type { Announcer } from "../../cloud-init/contract/node";
import type { ExternalSpec } from "../config/endpoint/external";
import type { HostSpec, KubeVipBgpSpec } from "../config/spec";

/** Whom the machines speak BGP with, as the endpoint says it for all of them. */
export type EndpointPeers = KubeVipBgpSpec["peers"];

/** What an endpoint has to know of the machines. */
export interface EndpointMachines {
  /** Whether each machine is told BGP neighbours of its own, with its identity. */
  readonly ownPeers: boolean;
  /** The machines that hold the VIP in front of the control plane, by now known by address. */
  readonly balancers: readonly MachineIdentity[];
}

/** How one kind of endpoint is told to machines. */
export interface EndpointKind<Spec> {
  /** What stands in node.json, which every program on the machine may read. */
  announcer(endpoint: Spec, machines: EndpointMachines): Announcer;
  /** The container images that control-plane machines run for it. */
  images(endpoint: Spec): readonly string[];
  /** The BGP neighbours of all machines, where it has some. */
  peers?(endpoint: Spec): EndpointPeers;
  /** The machines that hold the VIP in front of the control plane, where it is not the control plane itself. */
  balancers?(endpoint: Spec): readonly HostSpec[];
  /** What to check from a machine once the cluster is complete, of an endpoint that this program does not make. */
  checked?(endpoint: Spec): ExternalSpec;
  /** What grants alone hold, the same for every machine that may hold the VIP. */
  secrets(endpoint: Spec): pulumi.Output<GrantSecrets> | undefined;
}
