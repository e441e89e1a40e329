import * as metal from "@pulumi/equinix-metal";
import type * as pulumi from "@pulumi/pulumi";
import type { ClusterContext } from "../../cluster-context";
import type { PublicBlockArgs } from "../../config/services/kube-vip-bgp";

/** What an address block is made from. */
export interface AddressBlockArgs {
  readonly project: pulumi.Input<string>;
  /** An existing reservation; absent: a new one. */
  readonly reservationId?: string;
  readonly protect: boolean;
}

/**
 * The VIP: one address of a `global_ipv4` block, reachable from every metro and announced by the machines that
 * hold it. An existing reservation is read and never owned, so `destroy` leaves it alone.
 *
 * The block is never attached to a device: an attachment would route it there statically (Equinix
 * Metal documentation, "Global Anycast IPs"). Metro and facility are errors for this type.
 */
export function addressBlock(
  { name, parent }: ClusterContext,
  { project, reservationId, protect }: AddressBlockArgs,
): pulumi.Output<string> {
  const block =
    reservationId === undefined
      ? new metal.ReservedIpBlock(
          `${name}-vip`,
          { projectId: project, type: "global_ipv4", quantity: 1 },
          {
            parent,
            // Undefined instead of `false`, which would undo the protection given to the whole cluster.
            protect: protect || undefined,
            // A block of another project is another address, and every certificate and kubeconfig holds this one.
            ignoreChanges: ["projectId"],
          },
        )
      : metal.ReservedIpBlock.get(`${name}-vip`, reservationId, undefined, { parent });
  return block.address;
}

/**
 * Addresses for Services: a `public_ipv4` block, which is bound to a metro. Like the VIP's it is never attached to a
 * device: machines announce its addresses one by one.
 */
export function publicBlock(
  { name, parent }: ClusterContext,
  { project, quantity, metro, protect }: PublicBlockArgs & Pick<AddressBlockArgs, "project" | "protect">,
): pulumi.Output<string> {
  const block = new metal.ReservedIpBlock(
    `${name}-services`,
    { projectId: project, type: "public_ipv4", quantity, metro },
    { parent, protect: protect || undefined, ignoreChanges: ["projectId"] },
  );
  return block.cidrNotation;
}
