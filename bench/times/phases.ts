/** A resource in `pulumi stack export`; only what is read here. */
export interface Made {
  readonly urn: string;
  readonly created?: string;
}

/** What of an `up` ends with which resources, in their order; named as a person would. */
const STAGES: readonly (readonly [string, RegExp])[] = [
  ["machines are there", /:Device::|-preflights?$/],
  ["machines are prepared", /-prepared$/],
  ["first machine formed", /-form$/],
  ["others joined", /-join$/],
  ["every member judged", /-member$/],
  ["add-ons", /kubernetes:/],
  ["every Node is Ready", /-nodes$/],
];

/**
 * Seconds of each stage of a first `up`, from the times at which the state says its resources were made. A stage that
 * the stack does not have is left out. Pure.
 *
 * @param begin milliseconds, when `pulumi up` began
 */
export function stages(resources: readonly Made[], begin: number): { name: string; seconds: number }[] {
  let before = begin;
  return STAGES.flatMap(([name, pattern]) => {
    const ends = resources
      .filter(({ urn, created }) => created !== undefined && pattern.test(urn))
      .map(({ created }) => Date.parse(created ?? ""));
    if (ends.length === 0) return [];
    const end = Math.max(before, ...ends);
    const seconds = (end - before) / 1000;
    before = end;
    return [{ name, seconds }];
  });
}

/** The phases that `./rackplane up` prints at its end. Pure. */
export const phasesOf = (output: string): { name: string; seconds: number }[] =>
  [...output.matchAll(/^ +([\d.]+) s {2}(.+)$/gm)].map(([, seconds, name]) => ({
    name: name ?? "",
    seconds: Number(seconds),
  }));
