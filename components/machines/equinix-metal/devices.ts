import * as metal from "@pulumi/equinix-metal";
import type * as pulumi from "@pulumi/pulumi";
import { userData, within } from "../../../cloud-init/user-data";
import type { WorkerMachinesSpec } from "../../config/machines/machine-kinds";
import type { ServersSpec } from "../../config/machines/equinix-servers";
import { announceServices } from "../../config/services/service-kinds";
import type { EquinixMetalSpec } from "../../config/spec";
import { generationOf, generationSuffix, rentedName } from "../../config/generations";
import { machineName, workerName } from "../../config/values/names";
import type { MachinesContext } from "../context";
import type { Machine } from "../machine";
import { tellKept, type Rented } from "./kept";
import { neighboursFromApi } from "./neighbours";
import { metalSite, protection } from "./site";
import { siteOf } from "./spread";

/**
 * Inputs whose change the 2.0.0 provider answers with a replacement, or cannot make. If they stayed in the diff, an
 * edit of the configuration would replace every running machine at once, by one with an empty disk. So an edit never
 * replaces a machine; a higher generation does, one after the other, with the newest inputs (kept.ts says so).
 */
const NEVER_REPLACES = [
  "userData",
  "customData",
  "plan",
  "operatingSystem",
  "metro",
  "facilities",
  "billingCycle",
  "hardwareReservationId",
  "projectSshKeyIds",
  "projectId",
  "ipAddresses",
  "storage",
];

/**
 * One device a control-plane machine, spread over the sites in turn, each with a BGP session. Another generation is
 * another resource, not a replacement of this one: the new machine is a member before the old one leaves.
 */
export function controlPlaneDevices(cluster: MachinesContext, servers: EquinixMetalSpec): Machine[] {
  const { parent } = cluster;
  const role = "control-plane";
  const userData = userDataOf(cluster, role);
  const rented: Rented[] = [];
  const machines = cluster.spec.controlPlane.names.map((hostname, i) => {
    const first = machineName(cluster.spec.name, i);
    const generation = generationOf(cluster.spec, first);
    const key = `cp-${i}${generationSuffix(generation)}`;
    const device = rent(cluster, servers, { key, hostname, i, userData });
    rented.push({ first, hostname, generation, device, userData });
    const session = bgpSession(cluster, { device, key });
    return {
      ...machineOf(cluster, { device, key, hostname, role }),
      needs: [session],
      ...(cluster.peers === "metal-api" ? { neighbours: neighboursFromApi({ device, session, parent }) } : {}),
    };
  });
  tellKept(servers, rented, parent);
  return machines;
}

const bgpSession = ({ name, parent }: MachinesContext, { device, key }: { device: metal.Device; key: string }) =>
  new metal.BgpSession(
    `${name}-${key}-bgp`,
    { deviceId: device.id, addressFamily: "ipv4", defaultRoute: false },
    { parent, deleteBeforeReplace: true },
  );

/** One device a worker, with a BGP session if it announces Services. */
export function workerDevices(
  cluster: MachinesContext,
  pool: { readonly name: string; readonly machines: Extract<WorkerMachinesSpec, { kind: "equinix-metal" }> },
): Machine[] {
  const role = "worker";
  const userData = userDataOf(cluster, role);
  const rented: Rented[] = [];
  const machines = Array.from({ length: pool.machines.count }, (_, i) => {
    const first = workerName(cluster.spec.name, pool.name, i);
    const generation = generationOf(cluster.spec, first);
    const key = `${pool.name}-${i}${generationSuffix(generation)}`;
    const hostname = rentedName(cluster.spec, first);
    const device = rent(cluster, pool.machines, { key, hostname, i, userData });
    rented.push({ first, hostname, generation, device, userData });
    const machine = machineOf(cluster, { device, key, hostname, role });
    return announceServices(cluster.spec) ? { ...machine, needs: [bgpSession(cluster, { device, key })] } : machine;
  });
  tellKept(pool.machines, rented, cluster.parent);
  return machines;
}

/** The user data, which is the same for all machines of a role. */
const userDataOf = ({ node }: MachinesContext, role: Machine["role"]): pulumi.Output<string> =>
  node({ role, kind: "equinix-metal" }).apply(document => within(USER_DATA_LIMIT, userData(document)));

/** Bytes of user data for Equinix Metal: the bound that this program keeps to. The documents that were read name none. */
export const USER_DATA_LIMIT = 64 * 1024;

interface Order {
  readonly key: string;
  readonly hostname: string;
  readonly i: number;
  readonly userData: pulumi.Input<string>;
}

function rent({ name, parent, site }: MachinesContext, servers: ServersSpec, order: Order): metal.Device {
  const { project, key } = metalSite(site);
  return new metal.Device(
    `${name}-${order.key}`,
    {
      projectId: project,
      hostname: order.hostname,
      plan: servers.plan,
      operatingSystem: servers.operatingSystem,
      billingCycle: servers.billingCycle,
      ...siteOf(servers.sites, order.i),
      hardwareReservationId: servers.hardwareReservationIds[order.i],
      tags: [...servers.tags],
      projectSshKeyIds: [key.id],
      userData: order.userData,
    },
    {
      parent,
      protect: protection(servers),
      ignoreChanges: NEVER_REPLACES,
      // Two machines of one name would be two members of one name: the old one goes first.
      deleteBeforeReplace: true,
      additionalSecretOutputs: ["rootPassword"],
    },
  );
}

const machineOf = (
  { spec }: MachinesContext,
  { device, key, hostname, role }: Pick<Order, "key" | "hostname"> & { device: metal.Device; role: Machine["role"] },
): Machine => ({
  kind: "equinix-metal",
  role,
  name: hostname,
  key,
  address: device.accessPrivateIpv4,
  sshHost: device.accessPublicIpv4,
  login: { user: spec.ssh.user },
  identity: device.id,
  // An edit does not replace a machine (NEVER_REPLACES), and then this stays what the machine booted with.
  userData: device.userData,
  needs: [device],
});
