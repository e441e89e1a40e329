import * as metal from "@pulumi/equinix-metal";
import * as pulumi from "@pulumi/pulumi";
import type { ServersSpec } from "../config/machines/equinix-servers";
import { workerName } from "../config/values/names";
import type { ClusterSpec, EquinixMetalSpec, WorkerPoolSpec } from "../config/spec";
import type { Machine } from "./machine";
import { metalNeighbours } from "./metal-neighbours";
import { siteOf } from "./spread";

/** Customer ASN of Equinix Metal's local BGP (Equinix Metal documentation, "Local BGP"). */
const LOCAL_BGP_ASN = 65000;

/**
 * What the 2.0.0 provider answers with a replacement, or cannot change. Left in the diff, an edit of the
 * configuration would replace every running machine at once, empty disks included; so an edit never
 * does, and a machine is replaced by `pulumi up --replace URN`, which takes the newest inputs.
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

/** Where a cluster's machines are rented. */
export interface Site {
  readonly name: string;
  readonly spec: ClusterSpec;
  readonly project: pulumi.Output<string>;
  readonly key: metal.ProjectSshKey;
  readonly parent: pulumi.Resource;
}

/** The project that the machines live in, a new one with local BGP or an existing one adopted by its id, and the operator's key in it. */
export function site(name: string, spec: ClusterSpec, machines: EquinixMetalSpec, parent: pulumi.Resource): Site {
  const { publicKey } = spec.ssh;
  if (publicKey === undefined) throw new Error("ssh: found no public key, expected one; machines are rented with it");
  const project = projectId(name, machines, parent);
  const key = new metal.ProjectSshKey(
    `${name}-ssh-key`,
    { projectId: project, name: spec.name, publicKey },
    { parent },
  );
  return { name, spec, project, key, parent };
}

function projectId(name: string, machines: EquinixMetalSpec, parent: pulumi.Resource): pulumi.Output<string> {
  const { project } = machines;
  if (project.kind === "adopted") return pulumi.output(project.id);
  const created = new metal.Project(
    `${name}-project`,
    {
      name: project.name,
      organizationId: project.organizationId,
      bgpConfig: { deploymentType: "local", asn: LOCAL_BGP_ASN, md5: project.bgp.md5Password },
    },
    {
      parent,
      protect: protection(machines),
      // A project of another organisation is another project: with it would go the VIP and the machines' home.
      ignoreChanges: ["organizationId"],
    },
  );
  return created.id;
}

/** Not `false` where nothing is asked for: that would undo the protection given to the whole cluster. */
const protection = ({ protect }: { protect: boolean }): true | undefined => protect || undefined;

/** One device a control-plane machine, spread over the sites in turn, each with a BGP session. */
export function controlPlaneDevices(site: Site, servers: ServersSpec, userData: pulumi.Input<string>): Machine[] {
  const {
    name,
    spec: { controlPlane, endpoint },
    parent,
  } = site;
  return controlPlane.names.map((hostname, i) => {
    const key = `cp-${i}`;
    const device = rent(site, servers, { key, hostname, i, userData });
    const session = new metal.BgpSession(
      `${name}-${key}-bgp`,
      { deviceId: device.id, addressFamily: "ipv4", defaultRoute: false },
      { parent, deleteBeforeReplace: true },
    );
    const asked = endpoint.kind === "kube-vip-bgp" && endpoint.peers === "metal-api";
    return {
      ...machineOf(site, device, { key, hostname }, "control-plane"),
      needs: [session],
      ...(asked ? { neighbours: metalNeighbours(device, session, parent) } : {}),
    };
  });
}

/** One device a worker; it announces nothing and has no session. */
export function workerDevices(
  site: Site,
  pool: WorkerPoolSpec,
  servers: ServersSpec & { count: number },
  userData: pulumi.Input<string>,
): Machine[] {
  return Array.from({ length: servers.count }, (_, i) => {
    const key = `${pool.name}-${i}`;
    const hostname = workerName(site.spec.name, pool.name, i);
    return machineOf(site, rent(site, servers, { key, hostname, i, userData }), { key, hostname }, "worker");
  });
}

interface Order {
  readonly key: string;
  readonly hostname: string;
  readonly i: number;
  readonly userData: pulumi.Input<string>;
}

const rent = ({ name, project, key, parent }: Site, servers: ServersSpec, order: Order): metal.Device =>
  new metal.Device(
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

const machineOf = (
  { spec }: Site,
  device: metal.Device,
  { key, hostname }: Pick<Order, "key" | "hostname">,
  role: Machine["role"],
): Machine => ({
  kind: "equinix-metal",
  role,
  name: hostname,
  key,
  address: device.accessPrivateIpv4,
  sshHost: device.accessPublicIpv4,
  login: { user: spec.ssh.user },
  identity: device.id,
  needs: [device],
});
