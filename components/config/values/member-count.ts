/** etcd's FAQ: "An etcd cluster probably should have no more than seven nodes." */
const MOST_MEMBERS = 7;
export const COUNT = "1, 3, 5 or 7 machines";

/** The reason against a number of control-plane machines. */
export function countProblem(found: number): string | undefined {
  if (found < 1) return `found ${found}, expected ${COUNT}`;
  if (found > MOST_MEMBERS)
    return `found ${found}, expected ${COUNT}; every write waits for a majority of etcd, so more members are slower`;
  if (found % 2 === 0) {
    return (
      `found ${found}, expected an odd number: etcd needs a majority (${found / 2 + 1} of ${found}), so ${found} machines ` +
      `survive no more losses than ${found - 1}; write ${found - 1} or ${found + 1}`
    );
  }
  return undefined;
}
