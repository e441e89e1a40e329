import { CGROUP } from "../../topology";

/** What differs between the two versions of cgroups; everything else is in index.ts and tree.ts. */
export interface Cgroups {
  readonly version: 1 | 2;
  /** Where the hierarchies are mounted that may hold cgroups of the rack. */
  readonly mounts: readonly string[];
  /** Makes the cgroups of the rack's own processes; the directories that such a process enters. */
  makeRack(): string[];
  /** Makes a machine's cgroups; the directories that its first process enters before it gets a cgroup namespace. */
  makeMachine(machine: string): string[];
  /** Makes the cgroups of what is run in a machine from outside; the directories that such a process enters. */
  makeVisitor(machine: string): string[];
  /** Where a machine is frozen and thawed. */
  frozenAt(machine: string): string;
  readonly freezer: Freezer;
}

/** The files of a cgroup by which it is frozen: what is written into one, and the line by which one tells that it holds. */
export interface Freezer {
  readonly file: string;
  readonly write: { readonly frozen: string; readonly thawed: string };
  readonly toldBy: string;
  readonly line: { readonly frozen: string; readonly thawed: string };
}

/** A process of the rack itself may ask from below the rack's cgroup: the rack stands where that one does. */
export function outsideRack(own: string): string {
  const steps = own.split("/");
  const at = steps.indexOf(CGROUP);
  return at < 0 ? own : steps.slice(0, at).join("/") || "/";
}
