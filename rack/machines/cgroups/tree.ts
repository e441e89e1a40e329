import * as fs from "node:fs";
import * as path from "node:path";

/** Pids of the processes in one cgroup, without those below it. */
export function readPids(directory: string): number[] {
  try {
    return fs.readFileSync(path.join(directory, "cgroup.procs"), "utf8").split("\n").filter(Boolean).map(Number);
  } catch {
    return []; // removed meanwhile: it holds no process
  }
}

/** A cgroup and all below it, parents first. */
export function below(directory: string): string[] {
  return [directory, ...children(directory).flatMap(below)];
}

/** The outermost cgroups of this name below a directory. */
export function named(directory: string, name: string): string[] {
  return children(directory).flatMap(child => (path.basename(child) === name ? [child] : named(child, name)));
}

/** Removes one cgroup; what keeps it, or nothing. */
export function tryRemove(directory: string): string | undefined {
  try {
    fs.rmdirSync(directory);
    return undefined;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT") return undefined;
    if (code === "EBUSY") return `processes in it: ${readPids(directory).join(" ") || "none, but busy"}`;
    throw error;
  }
}

function children(directory: string): string[] {
  try {
    return fs
      .readdirSync(directory, { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(entry => path.join(directory, entry.name));
  } catch {
    return []; // removed meanwhile
  }
}
