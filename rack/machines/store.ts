import * as fs from "node:fs";
import * as path from "node:path";
import type { MachineRecord, PowerState } from "../host";
import { portOf } from "../network/port";
import { NETNS, STATE_DIR } from "../topology";
import type { ProcessId } from "./processes";

/** What is kept on disk of a machine (`machine.json`), so that a restarted daemon knows it again. */
export interface MachineEntry {
  readonly record: MachineRecord;
  /** Name among the machines that exist now: the host name, unless a machine on its way out still has it. */
  readonly label: string;
  readonly power: PowerState;
  /** Folders that its root is laid upon, the highest first; a machine keeps them, whatever image is built later. */
  readonly layers: readonly string[];
  /** Boots so far. */
  readonly boots: number;
  /** The running boot's launcher and first process. */
  readonly launcher?: ProcessId;
  readonly init?: ProcessId;
}

/** The lowest layer: the root file system of its operating system. */
export function distributionOf({ label, layers }: Pick<MachineEntry, "label" | "layers">): string {
  const lowest = layers.at(-1);
  if (lowest === undefined)
    throw new Error(`machine ${label}: found no layer below its disk, expected its distribution`);
  return lowest;
}

/** Where a machine's disk and records are. */
export function machinePaths(id: string, stateDir = STATE_DIR) {
  const directory = path.join(stateDir, "machines", id);
  const at = (name: string) => path.join(directory, name);
  return {
    directory,
    entry: at("machine.json"),
    /** What the machine changed of its root file system. */
    upper: at("upper"),
    /** Where a boot mounts its root; empty for everybody else. */
    root: at("root"),
    work: at("work"),
    stores: ["containerd", "kubelet", "etcd"].map(at),
    containerd: at("containerd"),
    /** What systemd and the boot script said, all boots. */
    console: at("console.log"),
    initPid: at("init.pid"),
    exit: at("exit"),
  } as const;
}

/** The name under which a machine is seen on the host; cgroups and the namespace carry it. */
export function labelFor(record: MachineRecord, taken: readonly string[]): string {
  if (!/^[A-Za-z0-9]([A-Za-z0-9.-]{0,62})$/.test(record.hostname))
    throw new Error(
      `machine ${record.id}: found host name "${record.hostname}"; expected letters, digits, dots and dashes, 63 at most`,
    );
  return taken.includes(record.hostname) ? `${record.hostname}-${portOf(record).replace(/^m/, "")}` : record.hostname;
}

export const namespaceOf = (entry: Pick<MachineEntry, "label">) => NETNS.machine(entry.label);

export function writeEntry(entry: MachineEntry, stateDir?: string): void {
  const file = machinePaths(entry.record.id, stateDir).entry;
  fs.writeFileSync(`${file}.new`, JSON.stringify(entry, undefined, 2) + "\n");
  fs.renameSync(`${file}.new`, file);
}

/** All machines on disk. A directory without a record is one whose making was interrupted. */
export function readEntries(stateDir = STATE_DIR): MachineEntry[] {
  const machines = path.join(stateDir, "machines");
  if (!fs.existsSync(machines)) return [];
  return fs
    .readdirSync(machines)
    .sort()
    .flatMap(id => {
      const file = machinePaths(id, stateDir).entry;
      return fs.existsSync(file) ? [JSON.parse(fs.readFileSync(file, "utf8")) as MachineEntry] : [];
    });
}
