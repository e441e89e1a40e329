import type * as k8s from "@pulumi/kubernetes";
import type { BgpPeerSpec } from "../config/endpoint/bgp-peers";
import type { ClusterSpec, HostSpec, ServicesSpec } from "../config/spec";

type Requirement = k8s.types.input.core.v1.NodeSelectorRequirement;

/** Nodes that announce Services to the same BGP neighbours. */
export interface AnnouncingNodes {
  /** Behind the names of the group's resources: "" for the machines without neighbours of their own. */
  readonly suffix: string;
  /** Expressions of a node selector, which all have to hold. */
  readonly nodes: readonly Requirement[];
  /** Absent: none that the configuration names. */
  readonly peers?: readonly BgpPeerSpec[];
}

const HOST_NAME = "kubernetes.io/hostname";

/**
 * Workers announce. A switch takes one BGP session from one address, so never a machine whose control plane has its own;
 * and a control-plane machine that withdraws its VIP withdraws no Service with it. Without workers, control-plane
 * machines announce. Pure.
 */
export function announcingNodes({ workers }: ClusterSpec, services: ServicesSpec): AnnouncingNodes[] {
  const role = {
    key: "node-role.kubernetes.io/control-plane",
    operator: workers.length > 0 ? "DoesNotExist" : "Exists",
  };
  if (!("peers" in services) || services.peers === "annotations") return [{ suffix: "", nodes: [role] }];
  const own = workers.flatMap(hostsOf).filter(({ peers }) => peers !== undefined);
  const names = own.map(({ name }) => name).sort();
  return [
    ...(services.peers.length === 0 ? [] : [{ suffix: "", nodes: [role, ...others(names)], peers: services.peers }]),
    ...own.map(({ name, peers }) => ({
      suffix: `-${name}`,
      nodes: [role, { key: HOST_NAME, operator: "In", values: [name] }],
      peers,
    })),
  ];
}

const hostsOf = ({ machines }: ClusterSpec["workers"][number]): readonly HostSpec[] =>
  "hosts" in machines ? machines.hosts : [];

const others = (names: readonly string[]): Requirement[] =>
  names.length === 0 ? [] : [{ key: HOST_NAME, operator: "NotIn", values: [...names] }];
