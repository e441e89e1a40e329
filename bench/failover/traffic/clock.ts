import { setTimeout as pause } from "node:timers/promises";

/** Time since second 0 of a record. */
export interface Clock {
  now(): number;
}

export const monotonic = (began: bigint): Clock => ({ now: () => Number(process.hrtime.bigint() - began) / 1e9 });

/**
 * Begins `act` every `1 / rate` seconds, on time whatever came of those before, until the signal comes; returns when all
 * that were begun have ended. Of turns that were missed, as the process itself had no processor, each is made up for.
 */
export async function openLoop(
  rate: number,
  clock: Clock,
  stop: AbortSignal,
  act: (n: number, due: number) => Promise<void>,
): Promise<void> {
  const begin = clock.now();
  const acts: Promise<void>[] = [];
  for (let n = 0; !stop.aborted; n++) {
    const due = begin + n / rate;
    const wait = due - clock.now();
    if (wait > 0) await pause(wait * 1000, undefined, { signal: stop }).catch(() => undefined);
    if (!stop.aborted) acts.push(act(n, due));
  }
  await Promise.all(acts);
}
