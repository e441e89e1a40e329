import { aligned } from "../table";
import type { Figures, Run } from "./record";
import { verdict, type Goal } from "./goals";
import { summaries, type Summary } from "./summary";

/** What is aimed at for a fault at a subject. */
export type Goals = (kind: string, fault: string) => Goal | undefined;

const HEAD = [
  "kind",
  "fault",
  "runs",
  "outage s",
  "goal (median)",
  "failed/requests",
  "kept s",
  "watch s",
  "writes s",
  "lost",
  "whole again s",
];

/** Cells of a table: its head, then a row for each fault at each subject; seconds as `median (maximum)`. Pure. */
export function rows(runs: readonly Run[], goals: Goals): string[][] {
  return [HEAD, ...summaries(runs).map(summary => row(summary, goals(summary.kind, summary.fault)))];
}

function row(
  { kind, fault, runs, medians, maxima, failed, requests, lost }: Summary,
  goal: Goal | undefined,
): string[] {
  const seconds = (name: keyof Figures) =>
    runs === 1 ? shown(medians[name]) : `${shown(medians[name])} (${shown(maxima[name])})`;
  return [
    kind,
    fault,
    String(runs),
    seconds("outageSeconds"),
    verdict(goal, medians),
    `${failed}/${requests}`,
    seconds("keptOutageSeconds"),
    seconds("watchGapSeconds"),
    seconds("writeOutageSeconds"),
    String(lost),
    seconds("recoverySeconds"),
  ];
}

const shown = (seconds: number): string => (Number.isFinite(seconds) ? seconds.toFixed(2) : "never");

/** The table as lines. Pure. */
export const failoverTable = (runs: readonly Run[], goals: Goals): string => aligned(rows(runs, goals));

/** What has changed since an earlier report, for each fault at each subject that both have. Medians. Pure. */
export function comparison(runs: readonly Run[], earlier: readonly Run[]): string {
  const before = summaries(earlier);
  const both = summaries(runs).flatMap(now => {
    const then = before.find(({ kind, fault }) => kind === now.kind && fault === now.fault);
    return then === undefined ? [] : [{ now, then }];
  });
  if (both.length === 0) return "nothing that both reports have";
  const change = (then: Summary, now: Summary, name: keyof Figures) =>
    `${shown(then.medians[name])} -> ${shown(now.medians[name])}`;
  return aligned([
    ["kind", "fault", "outage s", "failed", "kept s", "watch s", "writes s", "lost"],
    ...both.map(({ now, then }) => [
      now.kind,
      now.fault,
      `${change(then, now, "outageSeconds")} (${direction(now.medians.outageSeconds - then.medians.outageSeconds)})`,
      `${then.medians.failed} -> ${now.medians.failed}`,
      change(then, now, "keptOutageSeconds"),
      change(then, now, "watchGapSeconds"),
      change(then, now, "writeOutageSeconds"),
      `${then.lost} -> ${now.lost}`,
    ]),
  ]);
}

/** Seconds: less than the probe's interval is none. */
const SAME = 0.05;
const direction = (seconds: number): string =>
  Math.abs(seconds) <= SAME ? "same" : `${seconds < 0 ? "" : "+"}${seconds.toFixed(2)}`;

/** One run, for a person who waits. Pure. */
export function runLine({ kind, fault, number, victims, figures, wholeAt }: Run): string {
  const { outageSeconds, failed, requests, keptOutageSeconds, watchGapSeconds, writeOutageSeconds, written, lost } =
    figures;
  return [
    `${kind} ${fault} ${number} (${victims.join(", ")}): outage ${shown(outageSeconds)} s, ${failed} of ${requests} failed`,
    `kept ${shown(keptOutageSeconds)} s`,
    `watch ${shown(watchGapSeconds)} s`,
    `writes ${shown(writeOutageSeconds)} s, ${lost} of ${written} lost`,
    wholeAt === undefined ? "NOT whole again" : `whole after ${shown(figures.recoverySeconds ?? Infinity)} s`,
  ].join(", ");
}
