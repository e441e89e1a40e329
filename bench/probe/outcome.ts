/** One attempt of the probe. */
export interface Attempt {
  /** Seconds since the probe began. */
  readonly at: number;
  /** `ok`, or what went wrong. */
  readonly result: string;
}

export interface Outcome {
  readonly total: number;
  readonly failed: number;
  /** Seconds of the longest outage: from its first failed attempt to its last; 0 for a single one. */
  readonly outageSeconds: number;
  /** Seconds of the longest stretch in which no attempt succeeded, from its first to its last. */
  readonly unansweredSeconds: number;
  /** When the longest one began, as journals have it; absent where nothing failed. */
  readonly longestAt?: string;
  /** Outages, single failed attempts included. */
  readonly outages: number;
  /** How often each kind of failure was seen. */
  readonly reasons: Readonly<Record<string, number>>;
}

/**
 * Failures further apart than this, with only successes between them, are two outages. One machine's loss may cause
 * both: the second comes with its return, when the switches spread flows anew and a flow in progress may meet another
 * machine.
 */
const APART_SECONDS = 2;

/** @param began when the probe did; without it nothing is dated */
export function summarise(attempts: readonly Attempt[], began?: Date): Outcome {
  const inOrder = [...attempts].sort((a, b) => a.at - b.at);
  const bad = inOrder.filter(a => a.result !== "ok");
  const reasons: Record<string, number> = {};
  const outages: { first: number; last: number }[] = [];
  for (const { at, result } of bad) {
    reasons[result] = (reasons[result] ?? 0) + 1;
    const current = outages.at(-1);
    if (current !== undefined && at - current.last <= APART_SECONDS) current.last = at;
    else outages.push({ first: at, last: at });
  }
  const longest = Math.max(0, ...outages.map(({ first, last }) => last - first));
  const first = outages.find(outage => outage.last - outage.first === longest)?.first;
  return {
    total: attempts.length,
    failed: bad.length,
    outageSeconds: Number(longest.toFixed(2)),
    unansweredSeconds: Number(unanswered(inOrder).toFixed(2)),
    ...(began === undefined || first === undefined
      ? {}
      : { longestAt: new Date(began.getTime() + first * 1000).toISOString() }),
    outages: outages.length,
    reasons,
  };
}

/** Of attempts in their order, the seconds of the longest stretch in which none succeeded. */
function unanswered(attempts: readonly Attempt[]): number {
  let longest = 0;
  let since: number | undefined;
  for (const { at, result } of attempts) {
    since = result === "ok" ? undefined : (since ?? at);
    longest = Math.max(longest, at - (since ?? at));
  }
  return longest;
}
