import * as fs from "node:fs";

/** A process that a restarted program can still tell from a later one with the same pid. */
export interface ProcessId {
  readonly pid: number;
  /** Clock ticks after the host's boot at which it started (proc(5), stat, field 22). */
  readonly started: string;
}

export function identify(pid: number): ProcessId | undefined {
  const started = startOf(pid);
  return started === undefined ? undefined : { pid, started };
}

export function isAlive(process: ProcessId): boolean {
  return startOf(process.pid) === process.started;
}

/** Ends a process at once, if it still is the same one. */
export function killNow(target: ProcessId): void {
  if (!isAlive(target)) return;
  try {
    process.kill(target.pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** The name of the program that a process runs; empty when it is gone. */
export function nameOf(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "";
  }
}

/** The command line of a process, its arguments parted by blanks; undefined when the process is gone. */
export function commandLineOf(pid: number): string | undefined {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").replace(/\0/g, " ").trim();
  } catch {
    return undefined;
  }
}

function startOf(pid: number): string | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may hold anything: fields are counted from the last parenthesis.
    const [state, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === "Z" || state === "X" ? undefined : rest[18];
  } catch {
    return undefined;
  }
}
