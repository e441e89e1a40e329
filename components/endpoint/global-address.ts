import * as metal from "@pulumi/equinix-metal";
import * as pulumi from "@pulumi/pulumi";

/**
 * The VIP: one address of a `global_ipv4` block, reachable from every metro and announced by whoever
 * holds it. An existing reservation is read and never owned, so `destroy` leaves it alone.
 *
 * The block is never attached to a device: an attachment would route it there statically (Equinix
 * Metal documentation, "Global Anycast IPs"). Metro and facility are errors for this type.
 */
export function globalAddress(
  name: string,
  project: pulumi.Input<string>,
  options: { reservationId?: string; protect: boolean },
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const block =
    options.reservationId === undefined
      ? new metal.ReservedIpBlock(
          `${name}-vip`,
          { projectId: project, type: "global_ipv4", quantity: 1 },
          {
            parent,
            // Not `false`: that would undo the protection given to the whole cluster.
            protect: options.protect || undefined,
            // A block of another project is another address, and every certificate and kubeconfig holds this one.
            ignoreChanges: ["projectId"],
          },
        )
      : metal.ReservedIpBlock.get(`${name}-vip`, options.reservationId, undefined, { parent });
  return block.address;
}
