import { rackplane } from "../rack";
import { upKilledAfter } from "./interrupted-up";
import { withStackFile } from "./stack-edit";
import { withVersion, type UpgradeCase } from "./upgrade";
import { watched, type Seen } from "./watched";

/**
 * Numbers that are drawn evenly from a range; the same seed gives the same ones (a linear congruential generator, with the
 * constants of Numerical Recipes). Pure.
 *
 * @param seed a whole number, 0 to 2^32 - 1
 */
export function drawn(seed: number, count: number, [from, to]: readonly [number, number]): number[] {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  // Seeds that lie side by side begin side by side.
  for (let i = 0; i < 8; i++) next();
  return Array.from({ length: count }, () => Number((from + next() * (to - from)).toFixed(1)));
}

/** An `up` that was killed and run again, and again, and at last to its end. */
export interface KilledUps {
  /** Seconds after which each `up` was killed that had not ended by then. */
  readonly killed: readonly number[];
  /** The one that nothing killed. */
  readonly last: Awaited<ReturnType<typeof rackplane>>;
  /** What all of them said. */
  readonly output: string;
}

/**
 * Runs `up` once for each moment, kills it so many seconds after its beginning, and then runs it to its end. One that has
 * ended well before its moment leaves nothing to kill: the moments after it are left out.
 *
 * @throws Error when an `up` fails by itself before its moment
 */
export async function upsKilled(stack: string, moments: readonly number[]): Promise<KilledUps> {
  const killed: number[] = [];
  let output = "";
  for (const moment of moments) {
    const { ended, output: said } = await upKilledAfter(moment, "--stack", stack);
    output += said;
    if (ended === 0) break;
    if (ended !== undefined)
      throw new Error(`up ended by itself, with ${ended}, in ${moment} s:\n${said.slice(-4000)}`);
    killed.push(moment);
  }
  const last = await rackplane("up", "--stack", stack);
  return { killed, last, output: output + last.output };
}

/** The same with the stack's file edited, and the endpoint watched all along, at most `longest` seconds. */
export async function watchedKilled(
  stack: string,
  edit: (text: string) => string,
  moments: readonly number[],
  longest: number,
): Promise<KilledUps & Seen> {
  let ups: KilledUps | undefined;
  const seen = await watched(async () => {
    ups = await withStackFile(stack, edit, () => upsKilled(stack, moments));
  }, longest);
  if (ups === undefined) throw new Error("up did not end");
  return { ...ups, ...seen };
}

/**
 * An upgrade whose `up` is killed at each of these moments.
 *
 * @param longest seconds that all of it may take
 */
export const upgradingKilled = (
  upgrade: UpgradeCase,
  moments: readonly number[],
  longest: number,
): Promise<KilledUps & Seen> => watchedKilled(upgrade.stack, withVersion(upgrade, upgrade.to), moments, longest);
