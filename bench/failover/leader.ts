import type { MemberWord } from "./traffic/messages";

/**
 * The machine of etcd's leader, of the newest term that a majority tells. Pure.
 *
 * @param members how many the cluster has; those that are silent count against a majority
 */
export function leaderOf(says: readonly MemberWord[], members: number): string | undefined {
  const voices = new Map<string, { term: number; leader: string; count: number }>();
  for (const { term, leader } of says) {
    if (leader === "0") continue;
    const key = `${term} ${leader}`;
    voices.set(key, { term, leader, count: (voices.get(key)?.count ?? 0) + 1 });
  }
  const [newest] = [...voices.values()].filter(({ count }) => 2 * count > members).sort((a, b) => b.term - a.term);
  return newest === undefined ? undefined : says.find(({ id }) => id === newest.leader)?.machine;
}
