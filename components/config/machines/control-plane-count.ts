import { describe, problem, type Problem } from "../values/problems";
import { isRecord } from "../values/section";

/** etcd's FAQ: "An etcd cluster probably should have no more than seven nodes." */
const MOST_MEMBERS = 7;
export const COUNT = "1, 3, 5 or 7 machines";
/** Where machines are rented and nobody says how many. */
const USUAL_COUNT = 3;

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

/**
 * How many control-plane machines there are to be: the hosts that are named, else `controlPlane.count`, of which
 * `read` is the good value.
 */
export function controlPlaneCount(
  raw: Readonly<Record<string, unknown>>,
  read: number | undefined,
): { count?: number; problems: Problem[] } {
  const given = isRecord(raw.controlPlane) ? raw.controlPlane.count : undefined;
  const { machines } = raw;
  if (!isRecord(machines) || machines.kind !== "ssh")
    return { count: given === undefined ? USUAL_COUNT : read, problems: [] };
  if (!Array.isArray(machines.hosts) || machines.hosts.length === 0) return { problems: [] };
  const count = machines.hosts.length;
  if (given !== undefined && read !== undefined && read !== count) {
    return {
      problems: [
        problem(
          ["controlPlane", "count"],
          `found ${describe(given)}, expected ${count}, as many as machines.hosts; leave it out`,
        ),
      ],
    };
  }
  const reason = given === undefined ? countProblem(count) : undefined;
  return reason === undefined ? { count, problems: [] } : { problems: [problem(["machines", "hosts"], reason)] };
}
