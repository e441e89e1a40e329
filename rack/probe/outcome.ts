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
  /** Seconds from the first failed attempt to the last; 0 when at most one failed. */
  readonly outageSeconds: number;
  /** How often each kind of failure was seen. */
  readonly reasons: Readonly<Record<string, number>>;
}

export function summarise(attempts: readonly Attempt[]): Outcome {
  const bad = attempts.filter(a => a.result !== "ok").sort((a, b) => a.at - b.at);
  const reasons: Record<string, number> = {};
  for (const { result } of bad) reasons[result] = (reasons[result] ?? 0) + 1;
  const first = bad[0];
  const last = bad.at(-1);
  return {
    total: attempts.length,
    failed: bad.length,
    outageSeconds: first === undefined || last === undefined ? 0 : Number((last.at - first.at).toFixed(2)),
    reasons,
  };
}
