import * as fs from "node:fs";
import * as path from "node:path";
import { STATE_DIR } from "../../topology";

/** What a machine gets of version 2, as far as the host has it. */
const WANTED = ["cpuset", "cpu", "io", "memory", "hugetlb", "pids"] as const;

const noteFile = (stateDir: string) => path.join(stateDir, "cgroup-controllers");
const handedDown = (directory: string) => path.join(directory, "cgroup.subtree_control");

/** The controllers that a cgroup of version 2 has, or those that it hands down to its children. */
export const words = (file: string): string[] => fs.readFileSync(file, "utf8").trim().split(/\s+/).filter(Boolean);

/**
 * Has a cgroup hand its controllers down to its children. What it did not hand down before is noted first: most of
 * these cgroups are the host's, and `takeBackControllers` leaves them as they were.
 *
 * @throws Error naming the cgroup and what the kernel said
 */
export function handDown(directory: string, stateDir = STATE_DIR): void {
  const available = words(path.join(directory, "cgroup.controllers"));
  const already = words(handedDown(directory));
  const fresh = WANTED.filter(one => available.includes(one) && !already.includes(one));
  if (fresh.length === 0) return;
  fs.mkdirSync(stateDir, { recursive: true });
  fs.appendFileSync(noteFile(stateDir), `${JSON.stringify({ directory, controllers: fresh })}\n`);
  try {
    fs.writeFileSync(handedDown(directory), fresh.map(one => `+${one}`).join(" "));
  } catch (error) {
    throw new Error(
      `cgroup ${directory}: the kernel refuses to hand down ${fresh.join(", ")} (${(error as NodeJS.ErrnoException).code}), ` +
        "expected it to: EBUSY means that a process is in it and EINVAL that one with real-time priority is; move that one away",
    );
  }
}

/** Takes back what was noted, the innermost first. One that is used by others meanwhile stays with them. */
export function takeBackControllers(stateDir = STATE_DIR): void {
  if (!fs.existsSync(noteFile(stateDir))) return;
  const notes = fs.readFileSync(noteFile(stateDir), "utf8").trim().split("\n").filter(Boolean);
  for (const note of notes.reverse()) {
    const { directory, controllers } = JSON.parse(note) as { directory: string; controllers: string[] };
    if (!fs.existsSync(handedDown(directory))) continue;
    for (const one of controllers) {
      try {
        fs.writeFileSync(handedDown(directory), `-${one}`);
      } catch (error) {
        if (!["EBUSY", "ENOENT", "ENODEV"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
      }
    }
  }
}
