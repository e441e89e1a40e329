import type * as pulumi from "@pulumi/pulumi";
import type { GrantSecrets } from "../../cloud-init/contract/grant";
import type { MachineIdentity, Role } from "../../cloud-init/contract/identity";
import type { Announcer, Balancing } from "../../cloud-init/contract/node";
import type { ExternalSpec } from "../config/endpoint/external";
import type { HostSpec, KubeVipBgpSpec } from "../config/spec";

/** The BGP neighbours that the endpoint names for all machines. */
export type EndpointPeers = KubeVipBgpSpec["peers"];

/** What an endpoint has to know of the machines. */
export interface EndpointMachines {
  /** Whether each machine is told BGP neighbours of its own, with its identity. */
  readonly ownPeers: boolean;
  /** The machines that hold the VIP in front of the control plane; their addresses are known by now. */
  readonly balancers: readonly MachineIdentity[];
}

/** The machine that a balancer is to run on, and the workers that it may lead to; their addresses are known by now. */
export interface BalancingMachine {
  readonly role: Role;
  readonly workers: readonly string[];
}

/** What machines are told about one kind of endpoint. */
export interface EndpointKind<Spec> {
  /** What stands in node.json, which every program on the machine may read. */
  announcer(endpoint: Spec, machines: EndpointMachines): Announcer;
  /** What a balancer on the machine does besides; undefined on a machine without one. */
  balancing?(endpoint: Spec, machine: BalancingMachine): Balancing | undefined;
  /** The container images that control-plane machines run for it. */
  images(endpoint: Spec): readonly string[];
  /** The BGP neighbours of all machines, where it has some. */
  peers?(endpoint: Spec): EndpointPeers;
  /** The machines that hold the VIP in front of the control plane, where it is not the control plane itself. */
  balancers?(endpoint: Spec): readonly HostSpec[];
  /** For an endpoint that this program does not make: what a machine checks once the cluster is complete. */
  checked?(endpoint: Spec): ExternalSpec;
  /** The secrets that only grants hold, the same for every machine that may hold the VIP. */
  secrets(endpoint: Spec): pulumi.Output<GrantSecrets> | undefined;
}
