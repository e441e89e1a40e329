import type * as pulumi from "@pulumi/pulumi";
import type { NodeSpec } from "../../cloud-init/contract/node";
import type { ClusterContext } from "../cluster-context";
import type { WorkerMachinesSpec } from "../config/machines/machine-kinds";
import type { MachinesSpec, WorkerPoolSpec } from "../config/spec";
import type { EndpointPeers } from "../endpoint/endpoint-kind";
import type { MachinesContext, Site } from "./context";
import { equinixMetal } from "./equinix-metal/kind";
import type { Machine, PreparedMachine } from "./machine";
import type { MachineKind } from "./machine-kind";
import { ssh } from "./ssh/kind";

const KINDS: {
  readonly [K in Machine["kind"]]: MachineKind<
    Extract<MachinesSpec, { kind: K }>,
    Extract<WorkerMachinesSpec, { kind: K }>
  >;
} = { "equinix-metal": equinixMetal, ssh };

// The table's row is of the section's own kind; TypeScript cannot follow that through an index.
const row = ({ kind }: Pick<Machine, "kind">) => KINDS[kind] as MachineKind<MachinesSpec, WorkerMachinesSpec>;

export const machineIdentity = (machine: Pick<Machine, "kind">): NodeSpec["machine"] => row(machine).identity;
export const exists = (machine: Pick<Machine, "kind">): boolean => row(machine).exists;
export const haveOwnPeers = (machines: MachinesSpec, shared: EndpointPeers): boolean =>
  row(machines).ownPeers(machines, shared);
export const makeSite = (cluster: ClusterContext): Site =>
  row(cluster.spec.machines).site(cluster, cluster.spec.machines);
export const controlPlaneMachines = (cluster: MachinesContext): Machine[] =>
  row(cluster.spec.machines).controlPlane(cluster, cluster.spec.machines);
export const workerMachines = (cluster: MachinesContext, pool: WorkerPoolSpec): Machine[] =>
  row(pool.machines).workers(cluster, pool);
export const prepare = (
  cluster: MachinesContext,
  machine: Machine,
  preflights: pulumi.Resource | undefined,
): PreparedMachine => row(machine).prepare(cluster, machine, preflights);
