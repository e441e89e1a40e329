import type { ClusterSpec } from "../config/spec";

/** Seconds beside the deadlines of the steps: dialling a machine that boots, installing, kubeadm itself. */
const SLACK = 900;

/** Seconds that pods have to leave a control-plane machine (grant/change/drain.sh). */
const DRAIN = 300;

/** kubeadm join is tried this often (verbs/member.sh). */
const ATTEMPTS = 3;

/**
 * How long Pulumi waits for the commands. Longer than all deadlines on the machine together: a step that
 * gives up says what it waited for, a command that is cut off says nothing.
 */
export function timeouts({ deadlines, workers }: ClusterSpec): { readonly prepared: string; readonly verb: string } {
  const { metadata, bgpNeighbors, downloads, member } = deadlines;
  return {
    // Packages and images each have the deadline of downloads, and an upgrade fetches both.
    prepared: `${metadata + bgpNeighbors + 2 * downloads + SLACK}s`,
    verb: `${ATTEMPTS * member + 2 * downloads + Math.max(DRAIN, ...workers.map(pool => pool.update?.drainSeconds ?? 0)) + SLACK}s`,
  };
}
