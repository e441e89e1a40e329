import * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec } from "../config/spec";
import type { Site } from "../machines/equinix-metal";
import { globalAddress } from "./global-address";

/** The endpoint's address: the configuration's, or that of a block on Equinix Metal. */
export function endpointAddress(
  name: string,
  spec: ClusterSpec,
  site: Site | undefined,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const { endpoint, machines } = spec;
  if (endpoint.address !== undefined) return pulumi.output(endpoint.address);
  if (endpoint.kind !== "kube-vip-bgp" || site === undefined || machines.kind !== "equinix-metal")
    throw new Error("endpoint.address: found none, expected one; machines over SSH bring no address block");
  return globalAddress(
    name,
    site.project,
    { reservationId: endpoint.reservationId, protect: machines.protect },
    parent,
  );
}
