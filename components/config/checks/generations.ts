import { generationOf, generationSuffix } from "../generations";
import { isLabel, machineName, workerName } from "../values/names";
import { formatPath, problem } from "../values/problems";
import { listed, nearest } from "../values/suggest";
import type { Check, Given } from "./given";

/** Every name in `generations` is a machine's that can leave and join. */
export const generationNames: Check = given => {
  const names = [...rented(given).keys(), ...hostsOf(given, "control-plane"), ...hostsOf(given, "worker")];
  const balancers = hostsOf(given, "balancer");
  // Another section's error may hide machines: then a name that is not found is no news.
  if (given.count === undefined || given.pools.some(({ machines }) => machines === undefined)) return [];
  return Object.keys(given.cluster.partial.generations ?? {})
    .filter(name => !names.includes(name))
    .map(name => {
      const path = ["generations", name];
      if (balancers.includes(name))
        return problem(path, `found a balancer, expected a machine of the cluster; a balancer is no member of it`);
      const first = name.replace(/-g\d+$/, "");
      const guess = names.includes(first) ? first : nearest(name, names);
      return problem(
        path,
        `no such machine; ${guess === undefined ? `expected ${listed(names)}` : `did you mean ${guess}?`}`,
      );
    });
};

/** The names that rented machines get by their generations, which may be too long or those of machines that exist. */
export const generationHostNames: Check = given =>
  [...rented(given)].flatMap(([name, setting]) => {
    const { generation = 0, generations = {} } = given.cluster.partial;
    const number = generationOf({ generation, generations: known(generations) }, name);
    const hostname = `${name}${generationSuffix(number)}`;
    if (number === 0) return [];
    const path = (generations[name] ?? 0) >= generation ? ["generations", name] : ["generation"];
    if (!isLabel(hostname))
      return [
        problem(
          path,
          `found ${number}, which makes "${hostname}", ${hostname.length} characters; expected a host name of at most 63, so choose a shorter ${setting} name`,
        ),
      ];
    const clash = given.hosts.find(({ fields }) => fields.name === hostname);
    return clash === undefined
      ? []
      : [
          problem(
            path,
            `found ${number}, which makes "${hostname}", the name of ${formatPath(clash.path)}; expected another number, or another name there`,
          ),
        ];
  });

const known = (numbers: Readonly<Record<string, number | undefined>>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(numbers).flatMap(([name, number]) => (number === undefined ? [] : [[name, number]])),
  );

/** The rented machines' names at generation 0, and whose name is in it. */
function rented({ name, count, machines, pools }: Given): ReadonlyMap<string, string> {
  const controlPlane =
    "hosts" in machines.partial || count === undefined
      ? []
      : Array.from({ length: count }, (_, i) => [machineName(name, i), "cluster"] as const);
  const workers = pools.flatMap(({ partial, machines }) => {
    const number = machines !== undefined && "count" in machines.partial ? (machines.partial.count ?? 0) : 0;
    return Array.from(
      { length: partial.name === undefined ? 0 : number },
      (_, i) => [workerName(name, partial.name ?? "", i), "pool or cluster"] as const,
    );
  });
  return new Map([...controlPlane, ...workers]);
}

const hostsOf = ({ hosts }: Given, role: Given["hosts"][number]["role"]): string[] =>
  hosts.flatMap(({ fields, ...host }) => (host.role === role && fields.name !== undefined ? [fields.name] : []));
