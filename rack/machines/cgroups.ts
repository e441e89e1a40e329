import * as fs from "node:fs";
import * as path from "node:path";
import { CGROUP } from "../topology";
import { until } from "../network/until";

/** One mounted cgroup hierarchy and where a process sits in it. */
export interface Hierarchy {
  /** Its controllers as the kernel writes them, e.g. `memory` or `cpu,cpuacct`; `name=systemd`; empty for v2. */
  readonly controllers: string;
  readonly mount: string;
  /** Path of the calling process in it. */
  readonly own: string;
}

/**
 * Reads where the hierarchies are mounted and where a process sits: pure.
 *
 * @param mountinfo text of /proc/self/mountinfo
 * @param cgroup text of /proc/self/cgroup
 */
export function parseHierarchies(mountinfo: string, cgroup: string): Hierarchy[] {
  const mounts = new Map<string, string>();
  for (const line of mountinfo.split("\n")) {
    const [left, right] = line.split(" - ");
    const [, , , , mount] = (left ?? "").split(" ");
    const [type, , options] = (right ?? "").split(" ");
    if (mount === undefined || options === undefined) continue;
    if (type === "cgroup2") mounts.set("", mount);
    if (type === "cgroup") mounts.set(options.split(",").sort().join(","), mount);
  }
  return cgroup
    .trim()
    .split("\n")
    .flatMap(line => {
      const [, controllers = "", own = "/"] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
      const found = [...mounts].find(([options]) => matches(options, controllers));
      return found ? [{ controllers, mount: found[1], own }] : [];
    });
}

function matches(options: string, controllers: string): boolean {
  if (controllers === "" || options === "") return controllers === options;
  const has = options.split(",");
  return controllers.split(",").every(one => has.includes(one));
}

/**
 * The directories of the rack (or of one machine in it) in each hierarchy: pure.
 *
 * Memory nests below the caller's own place: there, a limit set on the caller holds for the machines too.
 */
export function cgroupPaths(hierarchies: readonly Hierarchy[], machine?: string): string[] {
  return hierarchies.map(({ controllers, mount, own }) =>
    path.join(mount, controllers.split(",").includes("memory") ? outsideRack(own) : "/", CGROUP, machine ?? ""),
  );
}

/** A process of the rack may itself sit below the rack's cgroup: machines stand beside it, not below. */
function outsideRack(own: string): string {
  const steps = own.split("/");
  const at = steps.indexOf(CGROUP);
  return at < 0 ? own : steps.slice(0, at).join("/") || "/";
}

export function hierarchies(): Hierarchy[] {
  const found = parseHierarchies(
    fs.readFileSync("/proc/self/mountinfo", "utf8"),
    fs.readFileSync("/proc/self/cgroup", "utf8"),
  );
  for (const needed of ["pids", "freezer", "memory", "cpuset"]) {
    if (!found.some(({ controllers }) => controllers.split(",").includes(needed)))
      throw new Error(
        `cgroups: no version 1 hierarchy with the "${needed}" controller is mounted; the rack needs a host ` +
          "with cgroup v1 (kernel parameter systemd.unified_cgroup_hierarchy=0)",
      );
  }
  return found;
}

/** Makes the cgroups of a machine, in every hierarchy; the directories, to be entered by `enter.sh`. */
export function makeCgroups(machine: string): string[] {
  const found = hierarchies();
  const paths = cgroupPaths(found, machine);
  found.forEach(({ controllers }, i) => {
    const directory = paths[i] as string;
    if (controllers.split(",").includes("cpuset")) inheritCpus(path.dirname(directory));
    fs.mkdirSync(directory, { recursive: true });
  });
  return paths;
}

/** A fresh cpuset has no processors: nothing can run in it until its parent's are copied. */
function inheritCpus(directory: string): void {
  fs.mkdirSync(directory, { recursive: true });
  for (const file of ["cpuset.cpus", "cpuset.mems"]) {
    fs.writeFileSync(path.join(directory, file), fs.readFileSync(path.join(path.dirname(directory), file)));
  }
  fs.writeFileSync(path.join(directory, "cgroup.clone_children"), "1");
}

/** Counts a process, and all that it will start, to the rack: what `down` after a crash looks for. */
export function joinRackCgroup(pid: number = process.pid): void {
  const found = hierarchies();
  const paths = cgroupPaths(found);
  found.forEach(({ controllers }, i) => {
    if (!["pids", "freezer"].some(one => controllers.split(",").includes(one))) return;
    fs.mkdirSync(paths[i] as string, { recursive: true });
    fs.writeFileSync(path.join(paths[i] as string, "cgroup.procs"), String(pid));
  });
}

/** Freezes or thaws all of a machine, or of the rack. */
export async function setFrozen(frozen: boolean, machine?: string): Promise<void> {
  const found = hierarchies();
  const at = found.findIndex(({ controllers }) => controllers.split(",").includes("freezer"));
  const file = path.join(cgroupPaths(found, machine)[at] as string, "freezer.state");
  if (!fs.existsSync(file)) return;
  const want = frozen ? "FROZEN" : "THAWED";
  fs.writeFileSync(file, want);
  // A freeze takes hold when the last task has stopped; until then the state reads FREEZING.
  await until(`${file} to be ${want}`, () => fs.readFileSync(file, "utf8").trim() === want, { seconds: 10 });
}

/** Thaws the rack whole: a freeze of one machine is not lifted by thawing what is above it. */
export function thawEverything(): void {
  for (const directory of existingCgroups().flatMap(below)) {
    const file = path.join(directory, "freezer.state");
    if (fs.existsSync(file)) fs.writeFileSync(file, "THAWED");
  }
}

/** The rack's (or a machine's) directories that exist, in all hierarchies, wherever their maker sat in them. */
export function existingCgroups(machine?: string): string[] {
  return hierarchies()
    .flatMap(({ mount }) => named(mount, CGROUP))
    .map(directory => path.join(directory, machine ?? ""))
    .filter(directory => fs.existsSync(directory));
}

/** Pids of all that counts to the rack (or a machine); the caller itself, if it does, is left out. */
export function cgroupPids(machine?: string): number[] {
  const pids = existingCgroups(machine)
    .flatMap(below)
    .flatMap(directory => readPids(directory));
  return [...new Set(pids)].filter(pid => pid !== process.pid && pid !== 0);
}

/**
 * Removes the empty cgroups, deepest first: a machine that was killed leaves hundreds, and the next boot's
 * kubelet would spend seconds on each.
 */
export async function removeCgroups(machine?: string): Promise<void> {
  for (const directory of existingCgroups(machine)) {
    for (const one of below(directory).reverse()) {
      let busy = "";
      await until(
        `the cgroup ${one} to be empty`,
        () => {
          busy = tryRemove(one);
          return busy === "";
        },
        { seconds: 10, hint: () => busy },
      );
    }
  }
}

function tryRemove(directory: string): string {
  try {
    fs.rmdirSync(directory);
    return "";
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT") return "";
    if (code === "EBUSY") return `processes in it: ${readPids(directory).join(" ") || "none, but busy"}`;
    throw error;
  }
}

function readPids(directory: string): number[] {
  try {
    return fs.readFileSync(path.join(directory, "cgroup.procs"), "utf8").split("\n").filter(Boolean).map(Number);
  } catch {
    return []; // removed meanwhile: nobody is in it
  }
}

/** A directory and all below it, parents first. */
function below(directory: string): string[] {
  return [directory, ...children(directory).flatMap(below)];
}

/** Outermost directories of this name. */
function named(directory: string, name: string): string[] {
  return children(directory).flatMap(child => (path.basename(child) === name ? [child] : named(child, name)));
}

function children(directory: string): string[] {
  try {
    return fs
      .readdirSync(directory, { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(entry => path.join(directory, entry.name));
  } catch {
    return [];
  }
}
