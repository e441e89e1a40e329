import type { KindCase } from "../scenarios/kinds";
import type { BenchFault } from "./faults";

/** What a person asks for; an empty list is all there is. */
export interface Wanted {
  readonly kinds: readonly string[];
  readonly faults: readonly string[];
  /** Times that each fault happens at each kind, from 1. */
  readonly runs: number;
}

/** One kind with all that is to happen to it. */
export interface Stage {
  readonly kind: KindCase;
  /** In their order; each as often as it was asked for. */
  readonly runs: readonly { readonly fault: BenchFault; readonly number: number }[];
}

/**
 * What is run, kind after kind, since each has a rack of its own. A fault is left out where it does not apply. Pure.
 *
 * @throws Error naming every name that is none and what there is, a fault that applies to no kind that was asked for,
 * and a bad number of runs, all together
 */
export function planned(
  { kinds, faults, runs }: Wanted,
  there: { readonly kinds: readonly KindCase[]; readonly faults: readonly BenchFault[] },
): Stage[] {
  const mistakes = [
    ...unknown("--kind", kinds, there.kinds),
    ...unknown("--fault", faults, there.faults),
    ...(Number.isInteger(runs) && runs >= 1 && runs <= MOST_RUNS
      ? []
      : [`--runs: found ${runs}, expected a whole number from 1 to ${MOST_RUNS}`]),
  ];
  const chosen = <T extends { readonly name: string }>(names: readonly string[], all: readonly T[]) =>
    all.filter(({ name }) => names.length === 0 || names.includes(name));
  const chosenKinds = chosen(kinds, there.kinds);
  for (const fault of faults.length === 0 ? [] : chosen(faults, there.faults))
    if (chosenKinds.length > 0 && !chosenKinds.some(fault.applies))
      mistakes.push(
        `--fault: ${fault.name} applies to none of ${chosenKinds.map(({ name }) => name).join(", ")}; expected one of ${there.kinds
          .filter(fault.applies)
          .map(({ name }) => name)
          .join(", ")} as --kind`,
      );
  if (mistakes.length > 0) throw new Error(mistakes.join("\n"));
  const numbers = Array.from({ length: runs }, (_, i) => i + 1);
  return chosenKinds
    .map(kind => ({
      kind,
      runs: chosen(faults, there.faults)
        .filter(({ applies }) => applies(kind))
        .flatMap(fault => numbers.map(number => ({ fault, number }))),
    }))
    .filter(stage => stage.runs.length > 0);
}

/** More than a person waits for. */
const MOST_RUNS = 100;

const unknown = (option: string, names: readonly string[], all: readonly { readonly name: string }[]): string[] =>
  names
    .filter(name => !all.some(one => one.name === name))
    .map(name => `${option}: found "${name}", expected one of ${all.map(one => one.name).join(", ")}`);
