import { aligned } from "../table";
import { goalOf } from "./goals";
import { COLUMNS, type Group, grouped } from "./medians";
import type { Run } from "./record";

const seconds = (value: number | undefined): string => value?.toFixed(2) ?? "-";

/** Median and, where there is more than one run, the largest. */
const both = ({ median, worst, runs }: Group, figure: (typeof COLUMNS)[number]["figure"]): string =>
  runs.length === 1 ? seconds(median[figure]) : `${seconds(median[figure])} (${seconds(worst[figure])})`;

function goalCell({ kind, fault, median: { outageSeconds } }: Group): string {
  const goal = goalOf(kind, fault);
  if (goal === undefined || outageSeconds === undefined) return "";
  return `${goal.toFixed(2)} ${outageSeconds <= goal ? "reached" : "missed"}`;
}

const HEAD = ["kind", "fault", "runs", ...COLUMNS.map(({ title }) => title), "failed", "lost", "not whole", "goal"];

const cells = (group: Group): string[] => [
  group.kind,
  group.fault,
  String(group.runs.length),
  ...COLUMNS.map(({ figure }) => both(group, figure)),
  `${group.failed}/${group.requests}`,
  String(group.lost),
  String(group.broken),
  goalCell(group),
];

/** The heads of columns, then a row for each kind and fault: medians, the largest in brackets. Pure. */
export const failoverRows = (runs: readonly Run[]): string[][] => [HEAD, ...grouped(runs).map(cells)];

/** The same for a person at a terminal. Pure. */
export const failoverTable = (runs: readonly Run[]): string => aligned(failoverRows(runs));

/** The same as Markdown. Pure. */
export function failoverMarkdown(runs: readonly Run[]): string {
  const [head = [], ...rows] = failoverRows(runs);
  return [head, head.map(() => "---"), ...rows].map(row => `| ${row.join(" | ")} |`).join("\n");
}

/** How the medians differ from an earlier report's, for what both have. Pure. */
export function comparison(runs: readonly Run[], earlier: readonly Run[]): string {
  const before = grouped(earlier);
  const rows = grouped(runs).flatMap(group => {
    const same = before.find(({ kind, fault }) => kind === group.kind && fault === group.fault);
    if (same === undefined) return [];
    return [
      [
        group.kind,
        group.fault,
        ...COLUMNS.map(({ figure }) => `${seconds(same.median[figure])} -> ${seconds(group.median[figure])}`),
      ],
    ];
  });
  return aligned([["kind", "fault", ...COLUMNS.map(({ title }) => title)], ...rows]);
}
