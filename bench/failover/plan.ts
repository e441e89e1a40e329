import { appliesTo, type FaultCase } from "../../rack/faults/cases";
import type { Site } from "../../rack/faults/fault";

/** Of a subject, what a plan asks. */
interface Planned {
  readonly name: string;
  readonly site: Site;
}

/** One run that is to be made. */
export interface PlannedRun<Subject extends Planned> {
  readonly subject: Subject;
  readonly fault: FaultCase;
  /** From 1. */
  readonly number: number;
}

/** What a person asked for; an empty list means all of them. */
export interface Wanted {
  readonly kinds: readonly string[];
  readonly faults: readonly string[];
  /** Of each fault at each kind. */
  readonly runs: number;
}

/**
 * Every run in its order: one kind after the other, so that each is brought up once; of a kind every fault once, then
 * every fault again, so that what is cut has figures of each. A fault that cannot happen to a kind is left out. Pure.
 *
 * @throws Error naming everything that is not there and all that is, and when nothing is left
 */
export function plan<Subject extends Planned>(
  subjects: readonly Subject[],
  cases: readonly FaultCase[],
  { kinds, faults, runs }: Wanted,
): PlannedRun<Subject>[] {
  const wrong = [
    ...unknown("--kind", kinds, subjects),
    ...unknown("--fault", faults, cases),
    ...(Number.isInteger(runs) && runs >= 1 && runs <= 100
      ? []
      : [`--runs: found ${runs}, expected a whole number from 1 to 100`]),
  ];
  if (wrong.length > 0) throw new Error(wrong.join("\n"));
  const planned = named(subjects, kinds).flatMap(subject =>
    Array.from({ length: runs }, (_, i) => i + 1).flatMap(number =>
      named(cases, faults)
        .filter(fault => appliesTo(fault, subject.site))
        .map(fault => ({ subject, fault, number })),
    ),
  );
  if (planned.length === 0)
    throw new Error(
      `--fault ${faults.join(",")}: found nothing of it that can happen to ${kinds.join(", ") || "any kind"}; leave --kind or --fault away, or name others`,
    );
  return planned;
}

/** In the order of the table, each once. */
const named = <T extends { readonly name: string }>(all: readonly T[], names: readonly string[]): readonly T[] =>
  names.length === 0 ? all : all.filter(({ name }) => names.includes(name));

function unknown(option: string, names: readonly string[], all: readonly { readonly name: string }[]): string[] {
  const missing = names.filter(name => !all.some(one => one.name === name));
  return missing.length === 0
    ? []
    : [
        `${option}: found ${missing.map(name => `"${name}"`).join(", ")}, expected some of ${all.map(({ name }) => name).join(", ")}`,
      ];
}

/** `a,b` as a person writes it. Pure. */
export const listed = (text: string | undefined): string[] =>
  (text ?? "")
    .split(",")
    .map(word => word.trim())
    .filter(Boolean);
