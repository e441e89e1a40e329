import * as pulumi from "@pulumi/pulumi";
import { userData } from "../../cloud-init/user-data";
import type { ClusterSpec, WorkerPoolSpec } from "../config/spec";
import type { GrantContext } from "../membership/grant";
import { prepared } from "./prepared";
import type { Recruit } from "../membership/worker";
import { controlPlaneDevices, workerDevices, type Site } from "./equinix-metal";
import type { Machine, Prepared } from "./machine";
import { preflight, type Clearance } from "./preflight";
import { preparedHost, sshHosts } from "./ssh-hosts";

/** What the machines of a cluster are made from. */
export interface FleetArgs {
  readonly name: string;
  readonly spec: ClusterSpec;
  /** Where machines are rented; absent where none are. */
  readonly site?: Site;
  readonly node: GrantContext["node"];
  readonly parent: pulumi.Resource;
}

export function controlPlaneMachines({ spec, site, node }: FleetArgs): Machine[] {
  const { machines } = spec;
  return machines.kind === "ssh"
    ? sshHosts(spec, machines.hosts, "control-plane")
    : controlPlaneDevices(rented(site), machines, node({ role: "control-plane", kind: machines.kind }).apply(userData));
}

/** Every worker of every pool, prepared. */
export const workers = (args: Cleared): Recruit[] =>
  args.spec.workers.flatMap(pool => workersOf(args, pool).map(machine => ({ pool, ready: prepare(args, machine) })));

function workersOf({ spec, site, node }: FleetArgs, pool: WorkerPoolSpec): Machine[] {
  const { machines } = pool;
  return machines.kind === "ssh"
    ? sshHosts(spec, machines.hosts, "worker")
    : workerDevices(rented(site), pool, machines, node({ role: "worker", kind: machines.kind }).apply(userData));
}

/** The two machines in front of the control plane, if the endpoint is of that kind. */
export const balancerMachines = ({ spec }: FleetArgs): Machine[] =>
  spec.endpoint.kind === "balancers" ? sshHosts(spec, spec.endpoint.machines.hosts, "balancer") : [];

/** All at once, whatever they become. */
export const prepare = ({ name, spec, node, clearance, parent }: Cleared, machine: Machine): Prepared =>
  machine.kind === "ssh"
    ? preparedHost(name, spec, machine, node(machine), clearance, parent)
    : prepared(name, spec, machine, parent);

/** A fleet whose existing machines, whatever they are to become, have been looked at. */
export interface Cleared extends FleetArgs {
  readonly clearance: Clearance;
}

export function clear(args: FleetArgs, controlPlane: readonly Machine[]): Cleared {
  const pools = args.spec.workers.flatMap(({ machines }) =>
    machines.kind === "ssh" ? sshHosts(args.spec, machines.hosts, "worker") : [],
  );
  const existing = [...controlPlane, ...balancerMachines(args), ...pools].filter(({ kind }) => kind === "ssh");
  return { ...args, clearance: preflight(args.name, args.spec, args.node, controlPlane, existing, args.parent) };
}

function rented(site: Site | undefined): Site {
  if (site === undefined)
    throw new Error("machines.kind: found ssh, expected equinix-metal; machines are rented in its project");
  return site;
}
