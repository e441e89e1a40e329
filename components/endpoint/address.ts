import * as pulumi from "@pulumi/pulumi";
import type { EndpointSpec } from "../config/spec";

/** One address for the VIP from a provider's block, reserved anew or by the id of a reservation. */
export type AddressBlock = (reservationId?: string) => pulumi.Output<string>;

/** The endpoint's address: the configuration's, or one that comes with the machines. */
export function endpointAddress(endpoint: EndpointSpec, addressBlock?: AddressBlock): pulumi.Output<string> {
  if (endpoint.address !== undefined) return pulumi.output(endpoint.address);
  if (addressBlock === undefined)
    throw new Error("endpoint.address: found none, expected one; machines over SSH bring no address block");
  return addressBlock("reservationId" in endpoint ? endpoint.reservationId : undefined);
}
