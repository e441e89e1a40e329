import { isLabel, workerName } from "../values/names";
import { describe, formatPath, problem, type Problem } from "../values/problems";
import type { Check, Given } from "./given";

/** Two pools of one name. */
export const duplicatePools: Check = ({ pools }) => {
  const names = pools.map(({ partial }) => partial.name);
  return names.flatMap((name, i) => {
    const first = names.indexOf(name);
    return name === undefined || first === i
      ? []
      : [
          problem(
            ["workers", i, "name"],
            `found ${describe(name)}, the name of workers[${first}] too; expected another`,
          ),
        ];
  });
};

/** The generated names of rented workers, which may be too long or equal the name of a machine that exists. */
export const rentedNames: Check = given => given.pools.flatMap((_, i) => rentedNameProblems(given, i));

function rentedNameProblems(given: Given, i: number): Problem[] {
  const { partial, machines } = given.pools[i] ?? { partial: {} };
  const { name } = partial;
  const count = machines !== undefined && "count" in machines.partial ? machines.partial.count : undefined;
  if (name === undefined || count === undefined) return [];
  const path = ["workers", i, "name"];
  const last = workerName(given.name, name, count - 1);
  if (!isLabel(last)) {
    return [
      problem(
        path,
        `found ${describe(name)}, which makes "${last}", ${last.length} characters; expected a host name of at most 63, so choose a shorter pool or cluster name`,
      ),
    ];
  }
  const clash = given.hosts.find(({ fields }) => isRented(fields.name ?? "", `${given.name}-${name}-`, count));
  return clash === undefined
    ? []
    : [
        problem(
          path,
          `found ${describe(name)}, whose machines would be called as ${formatPath(clash.path)}, "${clash.fields.name}"; expected another`,
        ),
      ];
}

function isRented(name: string, beginning: string, count: number): boolean {
  const i = name.startsWith(beginning) ? name.slice(beginning.length) : "";
  return /^(0|[1-9]\d*)$/.test(i) && Number(i) < count;
}
