import type { NetworkKind } from "../components/config/network/network-kinds";
import type { Role } from "../cloud-init/contract/identity";

/** All that was seen of a cluster at one time; what it means, `examinations/` decides. Plain data. */
export interface Report {
  /** The cluster's name, by the stack file. */
  readonly cluster: string;
  /** What connects its pods, by the stack file: `network.kind`. */
  readonly network: NetworkKind;
  /** SHA-256 of the on-node program that belongs to this doctor. */
  readonly program: string;
  /** Every machine of the stack, the control plane first. */
  readonly machines: readonly MachineReport[];
  /** The endpoint, asked from here; absent when no machine told whose certificate to expect. */
  readonly outside?: OutsideReport;
}

export interface MachineReport {
  readonly name: string;
  readonly role: Role;
  /** Where SSH was tried, for a person: `root@10.0.0.11 port 22`. */
  readonly where: string;
  /** Absent when the machine told nothing, for the reason beside it. */
  readonly seen?: Seen;
  readonly fault?: SshFault;
  /** The hash of the program that is installed there; empty: none. Absent when SSH did not get that far. */
  readonly installed?: string;
  /** Seconds since 1970 by the clock here, before the machine was asked and after it answered. */
  readonly asked: { readonly before: number; readonly after: number };
}

/** Why SSH led to nothing. One line a fault in examinations/ssh.ts. */
export interface SshFault {
  readonly kind: "refused" | "silent" | "unknown-host" | "host-key" | "login" | "sudo" | "late" | "failed";
  /** The last words of `ssh`, or of the program on the machine. */
  readonly words: string;
}

/** What a machine tells of itself (cloud-init/node/grant/verbs/examine.sh). */
export interface Seen {
  readonly schema: 1;
  readonly name: string;
  /** Private address; empty on a machine that does not know it yet. */
  readonly address: string;
  readonly cluster: string;
  /** Seconds since 1970 by the machine's clock, when it began to look and when it had ended. */
  readonly began: number;
  readonly ended: number;
  readonly vip: string;
  readonly port: string;
  /** The VIP lies on one of its interfaces. */
  readonly vipHere: boolean;
  readonly announcing: boolean;
  /** The cluster's CA, PEM. */
  readonly ca: string | null;
  /** null: the machine's own API server did not answer, or it has none. */
  readonly nodes: readonly SeenNode[] | null;
  readonly workloads: readonly Workload[] | null;
  /** How many Services of type LoadBalancer there are. */
  readonly loadBalancers: number | null;
  /** etcd's members; null where no quorum answered. */
  readonly members: readonly EtcdMember[] | null;
  readonly conditions: readonly SeenCondition[];
}

export interface SeenNode {
  readonly name: string;
  readonly ready: boolean;
  /** What its kubelet says of it. */
  readonly why: string;
  readonly unschedulable: boolean;
  /** Keys of its taints. */
  readonly taints: readonly string[];
  /** Names of its annotations that tell of BGP neighbours and are not empty. */
  readonly annotations: readonly string[];
  /** `DiskPressure` and the like, where it has it. */
  readonly pressures: readonly string[];
}

export interface Workload {
  readonly kind: "Deployment" | "DaemonSet";
  readonly namespace: string;
  readonly name: string;
  /** Pods. */
  readonly wanted: number;
  readonly ready: number;
  /** The prefix of the annotations in which its pods look for BGP neighbours, where they do. */
  readonly asks: string | null;
}

export interface EtcdMember {
  /** Decimal. */
  readonly id: string;
  /** `-` while it never started. */
  readonly name: string;
  readonly address: string;
  readonly learner: boolean;
}

/** A condition of the machine's health (cloud-init/node/health/conditions.json). */
export interface SeenCondition {
  readonly name: string;
  readonly ok: boolean;
  readonly asks: string;
  readonly found?: string;
  readonly todo?: string;
}

export interface OutsideReport {
  /** `https://<VIP>:<port>`. */
  readonly url: string;
  /** Why it was not asked, if it was not. */
  readonly skipped?: string;
  /** How many connections were tried, and what was wrong with each that failed. */
  readonly asked: number;
  readonly failures: readonly string[];
}
