import type { Answer, Write } from "../record";

/** What the traffic is told on its standard input, one line of JSON. When that input ends, the traffic ends. */
export interface TrafficOrder {
  /** Of the VIP, as a stack's outputs have it. */
  readonly kubeconfig: string;
  readonly ca: string;
  /** The endpoint, `https://ADDRESS:PORT`. */
  readonly endpoint: string;
  /** The API servers of the control plane by themselves, for the one writer that goes past the VIP. */
  readonly servers: readonly string[];
  /** Where each member of etcd answers its clients, and what it knows a client by; empty: it is not asked. */
  readonly members: readonly { readonly machine: string; readonly url: string }[];
  readonly etcd: { readonly ca: string; readonly certificate: string; readonly key: string } | null;
  readonly namespace: string;
}

/** One look at etcd: what each member says of the term and who leads. Silent ones are left out. */
export interface EtcdLook {
  readonly at: number;
  readonly says: readonly MemberWord[];
}

export interface MemberWord {
  readonly machine: string;
  /** The member's own id. */
  readonly id: string;
  readonly term: number;
  /** The leader's id; "0" for none. */
  readonly leader: string;
}

/** What the traffic says on its standard output, one line of JSON each. */
export type TrafficWord =
  /** Second 0, nanoseconds of the host's monotonic clock and ISO 8601. */
  | { readonly began: string; readonly at: string }
  /** Now and then: when each kind of traffic was last served. */
  | { readonly served: Served }
  /** The last one. */
  | { readonly record: TrafficRecord };

/** Seconds since second 0; absent where nothing was served yet. */
export interface Served {
  readonly now: number;
  readonly connection?: number;
  readonly kept?: number;
  readonly watch?: number;
  readonly write?: number;
  /** Machine of etcd's leader. */
  readonly leader?: string;
}

export interface TrafficRecord {
  readonly connections: readonly Answer[];
  readonly kept: readonly Answer[];
  readonly watch: readonly number[];
  readonly writes: readonly Write[];
  readonly etcd: readonly EtcdLook[];
}
