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

/** An upgrade whose `up` was killed and run again, and again, and what was seen of all that. */
export interface KilledUpgrade extends Seen {
  /** Seconds after which each `up` was killed that had not ended by then. */
  readonly killed: readonly number[];
  /** The one that nothing killed. */
  readonly last: Awaited<ReturnType<typeof rackplane>>;
  /** What all of them said. */
  readonly output: string;
}

/**
 * Runs `up` with the new version once for each moment, kills it so many seconds after its beginning, and then runs it to
 * its end; the endpoint is watched all along. One that has ended before its moment was the last one.
 *
 * @param longest seconds that all of it may take
 */
export async function upgradingKilled(
  upgrade: UpgradeCase,
  moments: readonly number[],
  longest: number,
): Promise<KilledUpgrade> {
  const { stack } = upgrade;
  const killed: number[] = [];
  let output = "";
  let last: KilledUpgrade["last"] | undefined;
  const seen = await watched(
    () =>
      withStackFile(stack, withVersion(upgrade, upgrade.to), async () => {
        for (const moment of moments) {
          const { ended, output: said } = await upKilledAfter(moment, "--stack", stack);
          output += said;
          if (ended !== undefined)
            throw new Error(`up ended by itself, with ${ended}, in ${moment} s:\n${said.slice(-4000)}`);
          killed.push(moment);
        }
        last = await rackplane("up", "--stack", stack);
        output += last.output;
      }),
    longest,
  );
  if (last === undefined) throw new Error("up did not end");
  return { killed, last, output, ...seen };
}
