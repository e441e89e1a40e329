import * as metal from "@pulumi/equinix-metal";
import * as pulumi from "@pulumi/pulumi";
import { USUAL_AS } from "../../config/endpoint/bgp-peers";
import type { ClusterContext } from "../../cluster-context";
import type { EquinixMetalSpec } from "../../config/spec";
import type { Site } from "../context";
import { addressBlock, publicBlock } from "./address-block";

/** Where a cluster's machines are rented. */
export interface MetalSite extends Site {
  readonly kind: "equinix-metal";
  readonly project: pulumi.Output<string>;
  readonly key: metal.ProjectSshKey;
}

/**
 * The project that the machines live in, and the operator's key in it. The project is a new one with local BGP, or an
 * existing one adopted by its id.
 */
export function makeSite(cluster: ClusterContext, machines: EquinixMetalSpec): MetalSite {
  const { name, spec, parent } = cluster;
  const { publicKey } = spec.ssh;
  if (publicKey === undefined) throw new Error("ssh: found no public key, expected one; machines are rented with it");
  const project = projectId(cluster, machines);
  const key = new metal.ProjectSshKey(
    `${name}-ssh-key`,
    { projectId: project, name: spec.name, publicKey },
    { parent },
  );
  return {
    kind: "equinix-metal",
    project,
    key,
    publicBlock: wanted => publicBlock(cluster, { project, ...wanted, protect: machines.protect }),
    addressBlock: reservationId => addressBlock(cluster, { project, reservationId, protect: machines.protect }),
  };
}

/** Workers may be rented only where the control plane is rented; elsewhere there is no project for them. */
export function metalSite(site: Site): MetalSite {
  if (site.kind !== "equinix-metal")
    throw new Error("machines.kind: found ssh, expected equinix-metal; machines are rented in its project");
  return site as MetalSite;
}

function projectId({ name, parent }: ClusterContext, machines: EquinixMetalSpec): pulumi.Output<string> {
  const { project } = machines;
  if (project.kind === "adopted") return pulumi.output(project.id);
  const created = new metal.Project(
    `${name}-project`,
    {
      name: project.name,
      organizationId: project.organizationId,
      bgpConfig: { deploymentType: "local", asn: USUAL_AS, md5: project.bgp.md5Password },
    },
    {
      parent,
      protect: protection(machines),
      // A project in another organisation is a new project: the VIP and the machines' home would go with the old one.
      ignoreChanges: ["organizationId"],
    },
  );
  return created.id;
}

/** Undefined when no protection is asked for: `false` would undo the protection given to the whole cluster. */
export const protection = ({ protect }: { readonly protect: boolean }): true | undefined => protect || undefined;
