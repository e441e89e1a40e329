import type { FaultFigures } from "./scenarios/fault";
import { FAULTS, type FaultName } from "./scenarios/kinds";

/** The figures by which a person compares kinds. */
export interface KindFigures {
  readonly kind: string;
  setUpSeconds?: number;
  announcers?: readonly string[];
  /** By the fault's name; for a fault that was tried again, the last figures. */
  readonly faults: Partial<Record<FaultName, FaultFigures>>;
}

/** One line a kind; a run that broke off shows dashes. Pure. */
export function kindTable(figures: readonly KindFigures[]): string {
  const head = [
    "kind",
    "set-up s",
    "announced by",
    ...FAULTS.flatMap(fault => [`${fault}: failed`, "outage s", "writes", "lost"]),
  ];
  const rows = figures.map(({ kind, setUpSeconds, announcers, faults }) => [
    kind,
    setUpSeconds?.toFixed(0) ?? "-",
    announcers === undefined ? "-" : announcers.join(" ") || "(not ours)",
    ...FAULTS.flatMap(fault => {
      const found = faults[fault];
      return found === undefined
        ? ["-", "-", "-", "-"]
        : [
            `${found.outcome.failed}/${found.outcome.total}`,
            found.outcome.outageSeconds.toFixed(2),
            `${found.writes.acknowledged}/${found.writes.asked}`,
            String(found.writes.lost.length),
          ];
    }),
  ]);
  return aligned([head, ...rows]);
}

/** Rows of cells as lines whose columns stand below one another. Pure. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map(row => row[i]?.length ?? 0)));
  return rows
    .map(row =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
