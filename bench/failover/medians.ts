import type { Figures, Run } from "./record";

/** What is compared, and how a person reads it. */
export const COLUMNS = [
  { figure: "outageSeconds", title: "outage s" },
  { figure: "returnOutageSeconds", title: "return s" },
  { figure: "keptOutageSeconds", title: "kept s" },
  { figure: "watchGapSeconds", title: "watch s" },
  { figure: "writeOutageSeconds", title: "writes s" },
  { figure: "recoverySeconds", title: "whole s" },
] as const satisfies readonly { readonly figure: keyof Figures; readonly title: string }[];

export type Compared = (typeof COLUMNS)[number]["figure"];

/** All runs of one fault at one kind. */
export interface Group {
  readonly kind: string;
  readonly fault: string;
  readonly runs: readonly Run[];
  /** Absent where no run has that figure. */
  readonly median: Readonly<Partial<Record<Compared, number>>>;
  readonly worst: Readonly<Partial<Record<Compared, number>>>;
  readonly failed: number;
  readonly requests: number;
  readonly lost: number;
  /** Runs after which the cluster was not whole in time. */
  readonly broken: number;
}

/** By kind, then fault, in the order in which they came. Pure. */
export function grouped(runs: readonly Run[]): Group[] {
  const groups = new Map<string, Run[]>();
  for (const run of runs) {
    const key = `${run.kind} ${run.fault}`;
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups.values()].flatMap(of => {
    const [first] = of;
    if (first === undefined) return [];
    const values = (figure: Compared) => of.flatMap(({ figures }) => figures[figure] ?? []);
    const by = (pick: (values: readonly number[]) => number) =>
      Object.fromEntries(
        COLUMNS.flatMap(({ figure }) => (values(figure).length === 0 ? [] : [[figure, pick(values(figure))]])),
      );
    return [
      {
        kind: first.kind,
        fault: first.fault,
        runs: of,
        median: by(median),
        worst: by(all => Math.max(...all)),
        failed: sum(of.map(({ figures }) => figures.failed)),
        requests: sum(of.map(({ figures }) => figures.requests)),
        lost: sum(of.map(({ figures }) => figures.lost)),
        broken: of.filter(({ wholeAt }) => wholeAt === undefined).length,
      },
    ];
  });
}

/** The middle one, or the mean of the two in the middle. @throws Error for none */
export function median(values: readonly number[]): number {
  const inOrder = [...values].sort((a, b) => a - b);
  const half = inOrder.length / 2;
  const middle = inOrder.slice(Math.ceil(half) - 1, Math.floor(half) + 1);
  if (middle.length === 0) throw new Error("median: found no value, expected one at least");
  return Number((sum(middle) / middle.length).toFixed(2));
}

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);
