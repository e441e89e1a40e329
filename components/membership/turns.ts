/** The machines of a cluster, as an edit reaches them. */
export interface Turns {
  /** One after the other, in this order. */
  readonly balancers: readonly string[];
  readonly controlPlane: readonly string[];
  /** Pools beside one another. `atOnce`: so many of a pool; absent: all of it. */
  readonly pools: readonly { readonly machines: readonly string[]; readonly atOnce?: number | undefined }[];
}

/**
 * How many machines of a pool are changed at once; undefined: all. One by one where machines that keep their names are
 * replaced: each leaves and comes back, and pods have to be somewhere meanwhile.
 */
export const atOnceOf = (
  update: { readonly atOnce: number } | undefined,
  machines: readonly { readonly generation?: number }[],
): number | undefined =>
  update?.atOnce ?? (machines.some(({ generation }) => generation !== undefined) ? 1 : undefined);

/** The machine of a pool that this one waits for, by their numbers; undefined: none. */
export const waitsFor = (machine: number, atOnce: number | undefined): number | undefined =>
  atOnce === undefined || machine < atOnce ? undefined : machine - atOnce;

/**
 * Each machine's turn, from 1 on: balancers, then the control plane, then workers. Machines of one number are changed side
 * by side; in a pool each begins as soon as the one `atOnce` before it has ended well, so a number is the earliest turn.
 */
export function turnsOf({ balancers, controlPlane, pools }: Turns): ReadonlyMap<string, number> {
  const alone = [...balancers, ...controlPlane];
  const turns = new Map(alone.map((name, i) => [name, i + 1]));
  for (const { machines, atOnce } of pools)
    machines.forEach((name, i) => {
      const before = waitsFor(i, atOnce);
      turns.set(name, before === undefined ? alone.length + 1 : 1 + (turns.get(machines[before] ?? "") ?? 0));
    });
  return turns;
}
