import { userData } from "../../cloud-init/user-data";
import type { WorkerPoolSpec } from "../config/spec";
import { prepared } from "./prepared";
import { controlPlaneDevices, workerDevices, type Site } from "./equinix-metal";
import type { Machine, MachinesContext, PreparedMachine } from "./machine";
import type { Preflights } from "./preflight";
import { preparedHost, sshHosts } from "./ssh-hosts";

/** What the machines of a cluster are made from. */
export interface FleetContext extends MachinesContext {
  /** Where machines are rented; absent where none are. */
  readonly site?: Site;
}

export function controlPlaneMachines({ spec, site, node }: FleetContext): Machine[] {
  const { machines } = spec;
  return machines.kind === "ssh"
    ? sshHosts(spec, machines.hosts, "control-plane")
    : controlPlaneDevices(rented(site), machines, node({ role: "control-plane", kind: machines.kind }).apply(userData));
}

export function workerMachines({ spec, site, node }: FleetContext, pool: WorkerPoolSpec): Machine[] {
  const { machines } = pool;
  return machines.kind === "ssh"
    ? sshHosts(spec, machines.hosts, "worker")
    : workerDevices(rented(site), pool, machines, node({ role: "worker", kind: machines.kind }).apply(userData));
}

/** The two machines in front of the control plane, if the endpoint is of that kind. */
export const balancerMachines = ({ spec }: FleetContext): Machine[] =>
  spec.endpoint.kind === "balancers" ? sshHosts(spec, spec.endpoint.machines.hosts, "balancer") : [];

/** Machines that exist are looked at before anything on any of them changes; rented ones are new. */
export const isExisting = ({ kind }: Machine): boolean => kind === "ssh";

/** All at once, whatever they become. */
export const prepare = (cluster: MachinesContext, machine: Machine, preflights: Preflights): PreparedMachine =>
  machine.kind === "ssh" ? preparedHost(cluster, machine, preflights) : prepared(cluster, machine);

function rented(site: Site | undefined): Site {
  if (site === undefined)
    throw new Error("machines.kind: found ssh, expected equinix-metal; machines are rented in its project");
  return site;
}
