import type { Examination } from "../finding";
import type { MachineReport, Seen } from "../report";

/** Seconds. etcd's leases and tokens bear more; certificates that were made this minute do not. */
const MOST_SKEW = 5;

/**
 * Whole seconds by which a machine's clock must be ahead of the one here; negative: behind. It may be further off by the
 * time that the connection took. Pure.
 */
export function skew(
  { began, ended }: Pick<Seen, "began" | "ended">,
  { before, after }: MachineReport["asked"],
): number {
  if (ended > after) return Math.trunc(ended - after);
  return began < before ? 0 - Math.trunc(before - began) : 0;
}

/** Clocks are compared with the one here; `time-sync` asks whether something keeps them right. */
export const clock: Examination = {
  name: "clock",
  examine: ({ machines }) => {
    const off = machines.flatMap(({ name, seen, asked }) => {
      const seconds = seen === undefined ? 0 : skew(seen, asked);
      return Math.abs(seconds) > MOST_SKEW ? [{ name, seconds }] : [];
    });
    const answered = machines.filter(({ seen }) => seen !== undefined).length;
    // Where all differ alike, the clock here is the one that is wrong.
    const [first] = off;
    if (first !== undefined && off.length === answered && answered > 1) {
      const spread = Math.max(...off.map(({ seconds }) => seconds)) - Math.min(...off.map(({ seconds }) => seconds));
      if (spread <= MOST_SKEW)
        return [
          {
            machines: [],
            found: `your own clock is ${Math.abs(first.seconds)} s ${first.seconds > 0 ? "behind" : "ahead of"} those of all machines`,
            expected: `${MOST_SKEW} s at most`,
            todo: "run 'timedatectl set-ntp true' here, or set it",
          },
        ];
    }
    return off.map(({ name, seconds }) => ({
      machines: [name],
      found: `its clock is ${Math.abs(seconds)} s ${seconds > 0 ? "ahead of" : "behind"} yours`,
      expected: `${MOST_SKEW} s at most`,
      todo: "run 'timedatectl set-ntp true' on it, and 'timedatectl timesync-status' shows the server",
    }));
  },
};
