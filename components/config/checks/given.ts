import type { ClusterSections } from "../schema";
import type { CloudProviderReading } from "../cloud-provider/cloud-provider-kinds";
import type { EndpointReading } from "../endpoint/endpoint-kinds";
import type { MachinesReading } from "../machines/machine-kinds";
import type { PoolReading } from "../machines/workers";
import type { NetworkReading, NetworkSection } from "../network/network-kinds";
import type { ServicesReading } from "../services/service-kinds";
import type { SshSection, SshSpec } from "../ssh";
import type { Problem } from "../values/problems";
import type { GivenHost } from "./given-hosts";
import type { Partly, Reading } from "../values/section";

/**
 * Every section of a configuration, read by itself: its good values, and which fields the configuration gives at all.
 */
export interface Given {
  /** The cluster's name, given or by default. */
  readonly name: string;
  /** How many control-plane machines there are to be; absent when that number is bad. */
  readonly count?: number;
  /** Whether a token for the machines' API is there; undefined: not to be checked. */
  readonly credentials?: boolean;
  /** The sections that neither come in kinds nor are read from files. */
  readonly cluster: Reading<ClusterSections>;
  readonly machines: MachinesReading;
  readonly pools: readonly PoolReading[];
  readonly endpoint: EndpointReading;
  /** Absent when Services get no addresses. */
  readonly services?: ServicesReading;
  readonly network: NetworkReading;
  /** Absent when there is no external cloud provider. */
  readonly cloudProvider?: CloudProviderReading;
  /** Every machine that the configuration names, in whatever section. */
  readonly hosts: readonly GivenHost[];
  readonly ssh: Reading<SshSpec, SshSection>;
}

/** A rule between sections. What needs no other section, the section's own module checks. */
export type Check = (given: Given) => Problem[];

/** The good part of `network`, defaults included. */
export const networkOf = ({ network }: Given): Partly<NetworkSection> => network.partial;
