import type { Report } from "./report";

/** Something wrong, as an examination found it. */
export interface Finding {
  /** The machines that it is about, or that see it; none: the cluster as a whole. */
  readonly machines: readonly string[];
  readonly found: string;
  readonly expected: string;
  /** What to do, with the command. */
  readonly todo: string;
}

/** One thing that is looked at. Pure. */
export interface Examination {
  /** A word for programs (`--json`). */
  readonly name: string;
  readonly examine: (report: Report) => readonly Finding[];
}

/** "a", "a and b", "a, b and c". */
export const named = (names: readonly string[]): string =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;

/** The finding as a person reads it. */
export const sentence = ({ machines, found, expected, todo }: Finding): string =>
  `${machines.length === 0 ? "" : `${named(machines)}: `}${found}; expected ${expected}; ${todo}`;

/** The findings that say the same of several machines, as one each. */
export function merged(findings: readonly Finding[]): Finding[] {
  const bySentence = new Map<string, Finding>();
  for (const finding of findings) {
    const key = sentence({ ...finding, machines: [] });
    const before = bySentence.get(key);
    const machines = [...new Set([...(before?.machines ?? []), ...finding.machines])];
    bySentence.set(key, { ...finding, machines });
  }
  return [...bySentence.values()];
}
