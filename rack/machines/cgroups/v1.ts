import * as fs from "node:fs";
import * as path from "node:path";
import { CGROUP } from "../../topology";
import type { Hierarchy } from "./hierarchies";
import { outsideRack, type Cgroups } from "./version";

/** What kubeadm asks of a machine, and `freezer`, by which the rack freezes one. */
export const NEEDED_V1 = ["cpu", "cpuacct", "cpuset", "devices", "freezer", "memory", "pids"] as const;

const has = ({ controllers }: Hierarchy, controller: string) => controllers.split(",").includes(controller);

/** Version 1: a hierarchy for each controller or a few, the rack in each of them. */
export function v1(hierarchies: readonly Hierarchy[]): Cgroups {
  const at = (hierarchy: Hierarchy, machine = "") => path.join(rackIn(hierarchy), machine);
  const makeMachine = (machine: string) =>
    hierarchies.map(hierarchy => {
      if (has(hierarchy, "cpuset")) inheritCpus(rackIn(hierarchy));
      fs.mkdirSync(at(hierarchy, machine), { recursive: true });
      return at(hierarchy, machine);
    });
  return {
    version: 1,
    mounts: hierarchies.map(({ mount }) => mount),
    makeRack: () =>
      hierarchies
        .filter(hierarchy => has(hierarchy, "pids") || has(hierarchy, "freezer"))
        .map(hierarchy => {
          fs.mkdirSync(rackIn(hierarchy), { recursive: true });
          return rackIn(hierarchy);
        }),
    makeMachine,
    makeVisitor: makeMachine,
    frozenAt: machine => at(hierarchies.find(hierarchy => has(hierarchy, "freezer")) as Hierarchy, machine),
    // A freeze takes hold when the last task has stopped; until then the state reads FREEZING.
    freezer: {
      file: "freezer.state",
      write: { frozen: "FROZEN", thawed: "THAWED" },
      toldBy: "freezer.state",
      line: { frozen: "FROZEN", thawed: "THAWED" },
    },
  };
}

/** Memory nests below the caller's own place: there, a limit set on the caller holds for the machines too. */
function rackIn(hierarchy: Hierarchy): string {
  return path.join(hierarchy.mount, has(hierarchy, "memory") ? outsideRack(hierarchy.own) : "/", CGROUP);
}

/** A fresh cpuset has no processors: nothing can run in it until its parent's are copied. */
function inheritCpus(directory: string): void {
  fs.mkdirSync(directory, { recursive: true });
  for (const file of ["cpuset.cpus", "cpuset.mems"]) {
    fs.writeFileSync(path.join(directory, file), fs.readFileSync(path.join(path.dirname(directory), file)));
  }
  fs.writeFileSync(path.join(directory, "cgroup.clone_children"), "1");
}
