import * as fs from "node:fs";
import * as path from "node:path";
import { CGROUP } from "../../topology";
import { handDown } from "./controllers";
import type { Hierarchy } from "./hierarchies";
import { readPids } from "./tree";
import { outsideRack, type Cgroups } from "./version";

/** What kubeadm asks of a machine; freezing needs no controller. */
export const NEEDED_V2 = ["cpu", "cpuset", "memory", "pids"] as const;

/**
 * Only leaves of this hierarchy may hold processes, once it hands controllers down. So the rack's own processes and
 * what is run in a machine from outside have leaves of this name, which no machine can have.
 */
export const LEAF = "_rack";

/**
 * Version 2: one hierarchy, and the rack at one place in it.
 *
 * @param stateDir where it is noted which controllers are handed down for the rack
 */
export function v2({ mount, own }: Hierarchy, stateDir?: string): Cgroups {
  const make = (...steps: string[]) => {
    const rack = path.join(mount, placeFor(mount, own), CGROUP);
    for (const directory of [...ancestors(mount, path.dirname(rack)), rack]) {
      fs.mkdirSync(directory, { recursive: true });
      handDown(directory, stateDir);
    }
    fs.mkdirSync(path.join(rack, ...steps), { recursive: true });
    return path.join(rack, ...steps);
  };
  return {
    version: 2,
    mounts: [mount],
    makeRack: () => [make(LEAF)],
    makeMachine: machine => [make(machine)],
    makeVisitor: machine => [make(machine, LEAF)],
    frozenAt: machine => path.join(mount, placeFor(mount, own), CGROUP, machine),
    freezer: {
      file: "cgroup.freeze",
      write: { frozen: "1", thawed: "0" },
      toldBy: "cgroup.events",
      line: { frozen: "frozen 1", thawed: "frozen 0" },
    },
  };
}

/**
 * The place that the rack's cgroup is made in: as deep on the way to the caller's own as cgroups may hand controllers
 * down. A limit that is set on one of those holds for the machines too.
 *
 * @throws Error when not even the first one may
 */
function placeFor(mount: string, own: string): string {
  let place: string | undefined;
  for (const directory of ancestors(mount, path.join(mount, outsideRack(own)))) {
    if (!mayHandDown(directory)) break;
    place = directory;
  }
  if (place !== undefined) return path.relative(mount, place);
  const pids = readPids(mount);
  throw new Error(
    `cgroup ${mount}: found ${pids.length} processes in it (${pids.slice(0, 5).join(" ")}${pids.length > 5 ? " ..." : ""}), ` +
      "expected none: only then may it hand controllers down to the rack's machines. This is so in a container; move " +
      `them into a cgroup of their own: mkdir ${mount}/init; for p in $(cat ${mount}/cgroup.procs); do echo $p >${mount}/init/cgroup.procs; done`,
  );
}

/** A directory and those around it, from the mount on. */
function ancestors(mount: string, directory: string): string[] {
  const steps = path.relative(mount, directory).split("/").filter(Boolean);
  return [mount, ...steps.map((_, i) => path.join(mount, ...steps.slice(0, i + 1)))];
}

/** The kernel's own root may, whatever runs in it: it alone has no type. */
function mayHandDown(directory: string): boolean {
  const type = path.join(directory, "cgroup.type");
  if (!fs.existsSync(type)) return fs.existsSync(path.join(directory, "cgroup.procs"));
  return fs.readFileSync(type, "utf8").trim() === "domain" && readPids(directory).length === 0;
}
