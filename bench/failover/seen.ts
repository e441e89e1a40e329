import { leaderOf } from "./leader";
import type { Sight } from "./observer";
import type { Seen } from "./record";
import type { EtcdLook } from "./traffic/messages";

/**
 * What was seen of the announcers and what etcd's members said, in one row: each entry has what was known at its time, and
 * there is one for each time at which something changed, besides the first and the last. Pure.
 *
 * @param members how many etcd has
 */
export function seenOf(sights: readonly Sight[], looks: readonly EtcdLook[], members: number): Seen[] {
  const events = [
    ...sights.map(({ at, ...sight }) => ({ at, sight })),
    ...looks.map(({ at, says }) => ({ at, leader: leaderOf(says, members) ?? null })),
  ].sort((a, b) => a.at - b.at);
  let sight: Omit<Sight, "at"> | undefined;
  let leader: string | null = null;
  const all: Seen[] = [];
  for (const event of events) {
    if ("sight" in event) sight = event.sight;
    else leader = event.leader;
    if (sight !== undefined) all.push({ at: event.at, ...sight, ...(leader === null ? {} : { leader }) });
  }
  const key = ({ at: _at, ...seen }: Seen) => JSON.stringify(seen);
  return all.filter((seen, i) => {
    const [before, after] = [all[i - 1], all[i + 1]];
    return before === undefined || after === undefined || key(before) !== key(seen) || key(after) !== key(seen);
  });
}
