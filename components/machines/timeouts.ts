import type { ClusterSpec } from "../config/spec";

/** Seconds beside the deadlines of the steps: dialling a machine that boots, installing, kubeadm itself. */
const SLACK = 900;

/** Seconds that pods have to leave a control-plane machine (grant/change/drain.sh). */
const DRAIN = 300;

/** Seconds after which the cluster's lock counts as left behind, and those for which a verb waits for another one on its machine. */
const LOCKS = 60 + 60;

/** kubeadm join is tried this often (verbs/member.sh). */
const ATTEMPTS = 3;

/**
 * How long Pulumi waits for the commands. Longer than all deadlines on the machine together: a step that
 * gives up says what it waited for, a command that is cut off says nothing.
 */
export function timeouts({ deadlines, controlPlane, workers }: ClusterSpec): {
  readonly prepared: string;
  readonly verb: string;
  /** Every other machine may have its turn before. */
  readonly join: string;
  /** A verb that asks and may have to wait for the cluster's lock, as `mint` does before pods leave a worker. */
  readonly invitation: string;
} {
  const { metadata, bgpNeighbors, downloads, member } = deadlines;
  const drain = Math.max(DRAIN, ...workers.map(pool => pool.update?.drainSeconds ?? 0));
  const verb = ATTEMPTS * member + 2 * downloads + drain + SLACK;
  return {
    // Packages and images each have the deadline of downloads, and an upgrade fetches both.
    prepared: `${metadata + bgpNeighbors + 2 * downloads + SLACK}s`,
    verb: `${verb}s`,
    join: `${verb + controlPlane.count * member + LOCKS}s`,
    invitation: `${verb + member + LOCKS}s`,
  };
}
