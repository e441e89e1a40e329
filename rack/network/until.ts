import { setTimeout as pause } from "node:timers/promises";
import { patience } from "../patience";

/** Awaits a condition of the machine underneath that tells nobody when it comes true. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  options: { seconds: number; everyMs?: number; hint?: () => string },
): Promise<void> {
  const seconds = options.seconds * patience();
  const end = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > end) {
      const hint = options.hint?.();
      throw new Error(`waited ${seconds} s for ${what}, in vain${hint ? `:\n${hint}` : ""}`);
    }
    await pause(options.everyMs ?? 20);
  }
}
