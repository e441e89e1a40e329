import { EXAMINATIONS } from "./examinations";
import { merged, sentence, type Finding } from "./finding";
import type { Report } from "./report";

/** A finding with the examination that made it. */
export interface Diagnosed extends Finding {
  readonly examination: string;
  readonly sentence: string;
}

/** What `--json` prints. */
export interface Diagnosis {
  readonly healthy: boolean;
  readonly cluster: string;
  readonly machines: readonly string[];
  /** Names of the examinations, in their order. */
  readonly examinations: readonly string[];
  /** The fault that stands first in the way of a packet and a request; the others may only follow from it. */
  readonly first: Diagnosed | null;
  readonly others: readonly Diagnosed[];
  /** What could not be examined, and why. */
  readonly notExamined: readonly string[];
}

/** Pure: every examination in its order. */
export function diagnose(report: Report): Diagnosis {
  const [first = null, ...others] = EXAMINATIONS.flatMap(({ name, examine }) =>
    merged(examine(report)).map(finding => ({ examination: name, ...finding, sentence: sentence(finding) })),
  );
  return {
    healthy: first === null,
    cluster: report.cluster,
    machines: report.machines.map(({ name }) => name),
    examinations: EXAMINATIONS.map(({ name }) => name),
    first,
    others,
    notExamined: report.outside?.skipped === undefined ? [] : [`${report.outside.url}: ${report.outside.skipped}`],
  };
}

/** The diagnosis for a person. */
export function describeDiagnosis({ first, others, machines, examinations, notExamined, cluster }: Diagnosis): string {
  const skipped = notExamined.map(what => `not examined: ${what}`);
  const extent = `${machines.length} machines, ${examinations.length} examinations`;
  if (first === null) return [`${cluster} is healthy: ${extent}, nothing found`, ...skipped].join("\n");
  return [
    `the first fault of ${others.length + 1} (${cluster}: ${extent})`,
    `  ${first.sentence}`,
    ...(others.length === 0 ? [] : ["after it, and perhaps because of it"]),
    ...others.map(other => `  ${other.sentence}`),
    ...skipped,
  ].join("\n");
}
