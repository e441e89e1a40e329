import type { SwitchSession, Switches } from "../host";

/**
 * Switches that several parties configure, each as if they were its own: the Metal API with the sessions of its
 * devices, and whoever looks after machines that exist. What one asks for never takes away another's.
 *
 * @returns a function that makes the switches of one more party
 */
export function shareSwitches(switches: Switches): () => Switches {
  const parts: { readonly sessions: readonly SwitchSession[]; readonly prefixes: readonly string[] }[] = [];
  // One after the other: what the others have is then what the switches took last.
  let turn: Promise<void> = Promise.resolve();
  return () => {
    const mine = parts.push({ sessions: [], prefixes: [] }) - 1;
    return {
      configure(sessions, prefixes) {
        const next = turn.then(async () => {
          const wanted = parts.map((part, i) => (i === mine ? { sessions, prefixes } : part));
          await switches.configure(
            wanted.flatMap(part => part.sessions),
            [...new Set(wanted.flatMap(part => part.prefixes))],
          );
          // Only now: what the switches refused of one party must not spoil the next configuration of another.
          parts[mine] = { sessions, prefixes };
        });
        turn = next.catch(() => undefined);
        return next;
      },
    };
  };
}
