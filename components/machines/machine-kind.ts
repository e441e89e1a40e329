import type * as pulumi from "@pulumi/pulumi";
import type { NodeSpec } from "../../cloud-init/contract/node";
import type { ClusterContext } from "../cluster-context";
import type { EndpointPeers } from "../endpoint/endpoint-kind";
import type { MachinesContext, Site } from "./context";
import type { Machine, PreparedMachine } from "./machine";

/**
 * One kind of machine: how its machines are obtained and prepared. `Control` and `Workers` are its sections of the
 * spec.
 */
export interface MachineKind<Control, Workers> {
  /** How a machine of this kind learns its identity; part of node.json. */
  readonly identity: NodeSpec["machine"];
  /** Whether the machines exist before the cluster does; then preflight looks at each before anything on it changes. */
  readonly exists: boolean;
  /** Whether each machine has BGP neighbours of its own, which it is told with its identity. */
  ownPeers(machines: Control, shared: EndpointPeers): boolean;
  /** Made once, before the control plane's machines. */
  site(cluster: ClusterContext, machines: Control): Site;
  controlPlane(cluster: MachinesContext, machines: Control): Machine[];
  workers(cluster: MachinesContext, pool: { readonly name: string; readonly machines: Workers }): Machine[];
  /** Runs side by side with all other machines, whatever the machine's role. */
  prepare(cluster: MachinesContext, machine: Machine, preflights: pulumi.Resource | undefined): PreparedMachine;
}
