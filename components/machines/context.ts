import type * as pulumi from "@pulumi/pulumi";
import type { NodeSpec } from "../../cloud-init/contract/node";
import type { ClusterContext } from "../cluster-context";
import type { AddressBlock } from "../endpoint/address";
import type { EndpointPeers } from "../endpoint/endpoint-kind";
import type { ClusterSpec } from "../config/spec";
import type { PublicBlockArgs } from "../config/services/kube-vip-bgp";
import type { Machine } from "./machine";

/** The cluster that machines are made for, and what they have to be told. */
export interface MachinesContext extends ClusterContext {
  /** node.json of a role, for machines of a kind. */
  readonly node: (machine: Pick<Machine, "role" | "kind">) => pulumi.Output<NodeSpec>;
  readonly site: Site;
  /** The BGP neighbours that the endpoint names for all machines; absent where it names none. */
  readonly peers?: EndpointPeers;
}

/** Reserves a block of public addresses; the answer is `a.b.c.d/n`. */
export type PublicBlock = (wanted: PublicBlockArgs) => pulumi.Output<string>;

/** What the control plane's machines share, made before the first of them: where they are rented, for one. */
export interface Site {
  readonly kind: Machine["kind"];
  /** Absent where the machines bring no address for the VIP. */
  readonly addressBlock?: AddressBlock;
  /** The project that machines are rented in; absent where none is rented. */
  readonly project?: pulumi.Output<string>;
  /** Absent where no public addresses can be reserved for Services. */
  readonly publicBlock?: PublicBlock;
}

/** The block of public addresses that Services are to get, if some is to be reserved. */
export const publicBlock = ({ services }: ClusterSpec, site: Site): pulumi.Output<string> | undefined =>
  services === undefined || !("reserve" in services) || services.reserve === undefined
    ? undefined
    : site.publicBlock?.(services.reserve);
