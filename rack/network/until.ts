import { setTimeout as pause } from "node:timers/promises";

/** Awaits a condition of the machine underneath that tells nobody when it comes true. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  options: { seconds: number; everyMs?: number; hint?: () => string },
): Promise<void> {
  const end = Date.now() + options.seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > end) {
      const hint = options.hint?.();
      throw new Error(`waited ${options.seconds} s for ${what}, in vain${hint ? `:\n${hint}` : ""}`);
    }
    await pause(options.everyMs ?? 20);
  }
}
