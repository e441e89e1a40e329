/** What became of a write load. */
export interface WriteOutcome {
  /** Writes that were begun. */
  readonly asked: number;
  /** Writes that the API said were done. */
  readonly acknowledged: number;
  /** Attempts that failed; each was made again. */
  readonly failedAttempts: number;
  /** Names of writes that were acknowledged and are not there, or not as they were written. */
  readonly lost: readonly string[];
  readonly seconds: number;
}

/** One attempt to write an object, which may exist already: an earlier attempt may have made it and lost its answer. */
export type Answer = "created" | "exists" | "failed";

/**
 * Makes each object, again and again until the API acknowledges it or the time is over.
 *
 * @param attempt tries once to make the n-th object
 * @param clock seconds since the beginning, how to let some pass, and whether no further object is begun
 */
export async function writeAll(
  load: { readonly count: number; readonly rate: number; readonly seconds: number; readonly writers: number },
  attempt: (n: number) => Promise<Answer>,
  clock: { now(): number; pass(seconds: number): Promise<void>; over?(): boolean },
): Promise<{ asked: number; acknowledged: number[]; failedAttempts: number }> {
  const acknowledged: number[] = [];
  let failedAttempts = 0;
  let asked = 0;
  let next = 0;
  const writer = async () => {
    for (let n = next++; n < load.count; n = next++) {
      const due = n / load.rate - clock.now();
      if (due > 0) await clock.pass(due);
      if (clock.over?.()) return;
      asked++;
      while (clock.now() < load.seconds) {
        if ((await attempt(n)) !== "failed") {
          acknowledged.push(n);
          break;
        }
        failedAttempts++;
        await clock.pass(RETRY_SECONDS);
      }
    }
  };
  await Promise.all(Array.from({ length: load.writers }, writer));
  return { asked, acknowledged: acknowledged.sort((a, b) => a - b), failedAttempts };
}

/** Pause after a failed attempt. */
const RETRY_SECONDS = 0.2;

export const nameOf = (n: number): string => `write-${String(n).padStart(4, "0")}`;

/**
 * The acknowledged writes that are missing in `there` (name to what was written) or differ from what was written. Pure.
 */
export const lostOf = (acknowledged: readonly number[], there: ReadonlyMap<string, string>): string[] =>
  acknowledged.filter(n => there.get(nameOf(n)) !== String(n)).map(nameOf);
