import type * as pulumi from "@pulumi/pulumi";
import type { NodeSpec } from "../../cloud-init/contract/node";
import type { ClusterContext } from "../cluster-context";
import type { AddressBlock } from "../endpoint/address";
import type { EndpointPeers } from "../endpoint/endpoint-kind";
import type { Machine } from "./machine";

/** The cluster that machines are made for, and what they have to be told. */
export interface MachinesContext extends ClusterContext {
  /** node.json of a role, for machines of a kind. */
  readonly node: (machine: Pick<Machine, "role" | "kind">) => pulumi.Output<NodeSpec>;
  readonly site: Site;
  /** The BGP neighbours that the endpoint names for all machines; absent where it names none. */
  readonly peers?: EndpointPeers;
}

/** What the control plane's machines share, made before the first of them: where they are rented, for one. */
export interface Site {
  readonly kind: Machine["kind"];
  /** Absent where the machines bring no address for the VIP. */
  readonly addressBlock?: AddressBlock;
}
