import * as metal from "@pulumi/equinix-metal";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec, EquinixMetalSpec } from "../config/spec";
import type { Machine } from "./machine";
import { siteOf } from "./spread";

/** Customer ASN of Equinix Metal's local BGP (Equinix Metal documentation, "Local BGP"). */
const LOCAL_BGP_ASN = 65000;

/**
 * What the 2.0.0 provider answers with a replacement, or cannot change. Left in the diff, an edit of the
 * configuration would replace every running machine at once, empty disks included; so an edit never
 * does, and a machine is replaced by `pulumi up --replace URN`, which takes the newest inputs.
 */
const NEVER_REPLACES = [
  "userData", "customData", "plan", "operatingSystem", "metro", "facilities", "billingCycle",
  "hardwareReservationId", "projectSshKeyIds", "projectId", "ipAddresses", "storage",
];

interface Site {
  readonly name: string;
  readonly spec: ClusterSpec;
  readonly machines: EquinixMetalSpec;
  readonly parent: pulumi.Resource;
}

/** The project that the machines live in: a new one with local BGP, or an existing one adopted by its id. */
export function projectId({ name, machines, parent }: Site): pulumi.Output<string> {
  const { project } = machines;
  if (project.kind === "adopted") return pulumi.output(project.id);
  const created = new metal.Project(`${name}-project`, {
    name: project.name,
    organizationId: project.organizationId,
    bgpConfig: {
      deploymentType: "local",
      asn: LOCAL_BGP_ASN,
      md5: project.bgp.md5Password,
    },
  }, {
    parent,
    protect: protection(machines),
    // A project of another organisation is another project: with it would go the VIP and the machines' home.
    ignoreChanges: ["organizationId"],
  });
  return created.id;
}

/** Not `false` where nothing is asked for: that would undo the protection given to the whole cluster. */
const protection = ({ protect }: EquinixMetalSpec): true | undefined => protect || undefined;

/** One device a machine, spread over the sites in turn, each with a BGP session. */
export function devices(
  site: Site, project: pulumi.Input<string>, userData: pulumi.Input<string>,
): Machine[] {
  const { name, spec, machines, parent } = site;
  const key = new metal.ProjectSshKey(`${name}-ssh-key`, {
    projectId: project, name: spec.name, publicKey: spec.ssh.publicKey,
  }, { parent });

  return spec.controlPlane.names.map((hostname, i) => {
    const device = new metal.Device(`${name}-cp-${i}`, {
      projectId: project,
      hostname,
      plan: machines.plan,
      operatingSystem: machines.operatingSystem,
      billingCycle: machines.billingCycle,
      ...siteOf(machines.sites, i),
      hardwareReservationId: machines.hardwareReservationIds[i],
      tags: [...machines.tags],
      projectSshKeyIds: [key.id],
      userData,
    }, {
      parent,
      protect: protection(machines),
      ignoreChanges: NEVER_REPLACES,
      // Two machines of one name would be two members of one name: the old one goes first.
      deleteBeforeReplace: true,
      additionalSecretOutputs: ["rootPassword"],
    });
    const session = new metal.BgpSession(`${name}-cp-${i}-bgp`, {
      deviceId: device.id, addressFamily: "ipv4", defaultRoute: false,
    }, { parent, deleteBeforeReplace: true });
    return {
      name: hostname,
      address: device.accessPrivateIpv4,
      sshHost: device.accessPublicIpv4,
      identity: device.id,
      needs: [session],
    };
  });
}
