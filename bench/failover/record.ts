/**
 * What `./rackplane bench failover --json FILE` writes and its pictures and page read. Times are seconds since the
 * record of a run began, unless said otherwise.
 */
export interface Report {
  /** Of this format. A reader refuses another one. */
  readonly version: 1;
  /** ISO 8601. */
  readonly at: string;
  /** The command that made it, as a person would type it. */
  readonly command: string;
  /** `git rev-parse HEAD`, with `+` behind it where files differed. */
  readonly commit: string;
  readonly host: {
    readonly cores: number;
    readonly model: string;
    readonly memoryGiB: number;
    readonly kernel: string;
  };
  readonly runs: readonly Run[];
}

/** One fault, once, at one subject. */
export interface Run {
  /** A way of ours to hold the VIP, as `KIND=` names it, or `peer-…`. */
  readonly kind: string;
  /** What `--fault` names. */
  readonly fault: string;
  /** From 1. */
  readonly number: number;
  /** The machines or switches that it happened to. */
  readonly victims: readonly string[];
  /** ISO 8601 of second 0. */
  readonly at: string;
  readonly injectedAt: number;
  /** Absent when the fault ends by itself. */
  readonly healedAt?: number;
  /** When everything was whole again without a hand; absent when it was not within the run's bound. */
  readonly wholeAt?: number;
  /** A new TLS connection for each, open loop: sent on time whatever came of the ones before. */
  readonly connections: readonly Answer[];
  /** Over connections that are kept. */
  readonly kept: readonly Answer[];
  /** Of one long watch: when each event of an object that is written every 0.25 s arrived. */
  readonly watch: readonly number[];
  /** In their order; each with a value of its own. */
  readonly writes: readonly Write[];
  readonly seen: readonly Seen[];
  readonly figures: Figures;
}

export interface Answer {
  readonly sentAt: number;
  readonly tookSeconds: number;
  /** A status as `200`, or the error's code as `ECONNRESET`, or `timeout`. */
  readonly answer: string;
}

export interface Write extends Answer {
  readonly value: string;
  /** Read back at the end of the run. Only an acknowledged one that was not is lost. */
  readonly readBack: boolean;
}

/** What stood outside the machines to be seen: on switches, by ARP, and from the members that answer. */
export interface Seen {
  readonly at: number;
  /** Machines that announce or hold the VIP. */
  readonly announcers: readonly string[];
  /** Machine of etcd's leader, of the newest term that a majority tells. */
  readonly leader?: string;
  /** Established BGP sessions; absent for kinds without any. */
  readonly sessions?: number;
}

/** The checker's words on one run. Seconds. */
export interface Figures {
  /**
   * The longest outage of new connections, from its first failure to its last; failures up to two seconds apart are one,
   * answers between them included. As `./rackplane test` measures it.
   */
  readonly outageSeconds: number;
  readonly failed: number;
  readonly requests: number;
  /** The longest wait for a kept connection's answer. */
  readonly keptOutageSeconds: number;
  /** The longest time between two events of the watch. */
  readonly watchGapSeconds: number;
  /** From the last acknowledged write before the longest stretch without any to the first one after it. */
  readonly writeOutageSeconds: number;
  readonly written: number;
  readonly lost: number;
  /** From the fault's end (its injection, where it ends by itself) to whole. */
  readonly recoverySeconds?: number;
}
