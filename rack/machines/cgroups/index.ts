import * as fs from "node:fs";
import * as path from "node:path";
import { until } from "../../network/until";
import { CGROUP } from "../../topology";
import { chosen } from "./chosen";
import { below, named, readPids, tryRemove } from "./tree";
import type { Cgroups } from "./version";

/** The cgroups of the host, whichever version it has mounted. */
export const cgroups = (): Cgroups =>
  chosen(fs.readFileSync("/proc/self/mountinfo", "utf8"), fs.readFileSync("/proc/self/cgroup", "utf8"));

/** Counts a process, and all that it will start, to the rack: what `down` after a crash looks for. */
export function joinRackCgroup(pid: number = process.pid): void {
  for (const directory of cgroups().makeRack()) fs.writeFileSync(path.join(directory, "cgroup.procs"), String(pid));
}

/** Freezes or thaws all of a machine; done when the kernel says that it holds. A machine without a cgroup is thawed. */
export async function setFrozen(frozen: boolean, machine: string, host = cgroups()): Promise<void> {
  const { freezer } = host;
  const at = (file: string) => path.join(host.frozenAt(machine), file);
  if (!fs.existsSync(at(freezer.file))) return;
  const want = frozen ? "frozen" : "thawed";
  fs.writeFileSync(at(freezer.file), freezer.write[want]);
  const told = () => fs.readFileSync(at(freezer.toldBy), "utf8").trim();
  await until(
    `${at(freezer.toldBy)} to say ${freezer.line[want]}`,
    () => told().split("\n").includes(freezer.line[want]),
    { seconds: 10, hint: () => `it says: ${told()}` },
  );
}

/** Thaws the rack whole: a freeze of one machine is not lifted by thawing what is above it. */
export function thawEverything(host = cgroups()): void {
  for (const directory of existingCgroups(undefined, host).flatMap(below)) {
    const file = path.join(directory, host.freezer.file);
    if (fs.existsSync(file)) fs.writeFileSync(file, host.freezer.write.thawed);
  }
}

/** The rack's (or a machine's) directories that exist, in all hierarchies, wherever their maker sat in them. */
export function existingCgroups(machine?: string, host = cgroups()): string[] {
  return host.mounts
    .flatMap(mount => named(mount, CGROUP))
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
      let busy: string | undefined;
      await until(
        `the cgroup ${one} to be empty`,
        () => {
          busy = tryRemove(one);
          return busy === undefined;
        },
        { seconds: 10, hint: () => busy ?? "" },
      );
    }
  }
}
