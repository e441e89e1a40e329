import type { Examination } from "../finding";

/** A condition of the machines' health, as each machine judges it: list and words are the on-node program's. */
export const condition = (name: string): Examination => ({
  name,
  examine: ({ machines }) =>
    machines.flatMap(({ name: machine, seen }) =>
      (seen?.conditions ?? [])
        .filter(each => each.name === name && !each.ok)
        .map(({ found, asks, todo }) => ({
          machines: [machine],
          found: found === undefined || found === "" ? "not so" : found,
          expected: asks,
          todo: todo ?? "",
        })),
    ),
});
