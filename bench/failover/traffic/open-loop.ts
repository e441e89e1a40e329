import { setTimeout as pause } from "node:timers/promises";

export interface Load {
  /** A second. */
  readonly rate: number;
  /** After so many seconds no more are begun. */
  readonly seconds: number;
  /** Nor after this. */
  readonly signal: AbortSignal;
  /** Seconds since the beginning. */
  readonly now: () => number;
}

/**
 * Begins `ask` at its rate, whatever becomes of those before, and waits for all of them.
 *
 * @param ask its number from 0, and the second at which it was begun
 */
export async function openLoop<T>(
  { rate, seconds, signal, now }: Load,
  ask: (n: number, at: number) => Promise<T>,
): Promise<T[]> {
  const asked: Promise<T>[] = [];
  const first = now();
  for (let n = 0; n < rate * seconds; n++) {
    const wait = first + n / rate - now();
    if (wait > 0) await pause(wait * 1000, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    asked.push(ask(n, now()));
  }
  return Promise.all(asked);
}
