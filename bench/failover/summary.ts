import type { Figures, Run } from "./record";

/** The figures of all runs of one fault at one subject. Seconds, unless they are counts. */
export interface Summary {
  readonly kind: string;
  readonly fault: string;
  readonly runs: number;
  readonly medians: Required<Figures>;
  readonly maxima: Required<Figures>;
  /** Of all runs together. */
  readonly failed: number;
  readonly requests: number;
  readonly lost: number;
}

/** What is summed up of figures; one that was never whole again took for ever. */
const NAMES = [
  "outageSeconds",
  "failed",
  "requests",
  "keptOutageSeconds",
  "watchGapSeconds",
  "writeOutageSeconds",
  "written",
  "lost",
  "recoverySeconds",
] as const satisfies readonly (keyof Figures)[];

/** One for each fault at each subject, in the order of their first runs. Pure. */
export function summaries(runs: readonly Run[]): Summary[] {
  const groups = new Map<string, Run[]>();
  for (const run of runs) {
    const key = `${run.kind} ${run.fault}`;
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups.values()].map(group => {
    const [{ kind, fault }] = group as [Run];
    const figures = group.map(run => run.figures);
    const sum = (name: "failed" | "requests" | "lost") => figures.reduce((all, one) => all + one[name], 0);
    return {
      kind,
      fault,
      runs: group.length,
      medians: each(figures, median),
      maxima: each(figures, values => Math.max(...values)),
      failed: sum("failed"),
      requests: sum("requests"),
      lost: sum("lost"),
    };
  });
}

function each(figures: readonly Figures[], of: (values: readonly number[]) => number): Required<Figures> {
  const entries = NAMES.map(name => [name, of(figures.map(one => one[name] ?? Infinity))]);
  return Object.fromEntries(entries) as Required<Figures>;
}

/** The middle one; of an even number the mean of the two in the middle. NaN of none. Pure. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  if (low === undefined || high === undefined) return NaN;
  return low === high ? low : (low + high) / 2;
}
