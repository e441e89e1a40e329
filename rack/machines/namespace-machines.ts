import type { CommandOptions, CommandResult } from "../command";
import type { MachineHost, MachineRecord, PowerState } from "../host";
import { cutLink, mendLink } from "../network/links";
import { healPartition, partition } from "../network/partition";
import { portOf } from "../network/port";
import { silence, unsilence } from "../network/silence";
import { hostKeyOf } from "./bare-disk";
import { Machine, type MachineSettings } from "./machine";
import { labelFor, machinePaths, readEntries } from "./store";

/** One machine as a person sees it. */
export interface MachineView {
  readonly record: MachineRecord;
  /** Its network namespace is `NETNS.machine(label)`, its cgroup `rackplane/<label>`. */
  readonly label: string;
  readonly power: PowerState;
  readonly boots: number;
  readonly initPid?: number;
  readonly consoleFile: string;
  /** The SSH host key of a machine that exists; a rented one makes its own. */
  readonly hostKey?: string;
}

/** Machines as Linux namespaces: what the Metal API asks for, and what a person breaks. */
export interface NamespaceMachines extends MachineHost {
  list(): MachineView[];
  /** A machine by its id, or by its host name when only one has it. */
  find(idOrName: string): MachineView;
  /** Takes up the machines that an earlier daemon left on disk. */
  adopt(): Promise<void>;
  /** Runs a command inside a running machine, as root. */
  exec(id: string, argv: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Stops every process of the machine where it is: its links stay up, its TCP sessions stay open. */
  freeze(id: string): Promise<void>;
  thaw(id: string): Promise<void>;
  /** Pulls the cable: both ends see it at once. */
  cutLink(id: string): Promise<void>;
  mendLink(id: string): Promise<void>;
  /** Loses the machine's packets, or only those that it sends, while its link stays up: only a hold time notices. */
  silence(id: string, what?: "all" | "sent"): Promise<void>;
  unsilence(id: string): Promise<void>;
  /** Splits machines into groups that do not hear each other; machines in no group hear everybody. */
  partition(groups: readonly (readonly string[])[]): Promise<void>;
  healPartition(): Promise<void>;
}

/** Keeps machines as namespaces of this host; each has its disk below `stateDir/machines`. */
export function namespaceMachines(settings: MachineSettings): NamespaceMachines {
  const machines = new Map<string, Machine>();
  const get = (id: string): Machine => {
    const machine = machines.get(id);
    if (machine) return machine;
    throw new Error(
      `machine ${id}: there is none with this id; there are: ${[...machines.keys()].join(", ") || "none"}`,
    );
  };
  /** For its programs. */
  const anyDistribution = (): string => {
    const [machine] = machines.values();
    if (machine === undefined) throw new Error("machines: found none, expected some to be parted or brought together");
    return machine.distribution;
  };
  const view = (machine: Machine): MachineView => ({
    record: machine.record,
    label: machine.label,
    power: machine.power,
    boots: machine.boots,
    ...(machine.initPid === undefined ? {} : { initPid: machine.initPid }),
    consoleFile: machinePaths(machine.record.id, settings.stateDir).console,
    ...(machine.record.network === "lan" ? { hostKey: hostKeyOf(machine.record.id, settings.stateDir) } : {}),
  });

  return {
    async create(record) {
      const others = [...machines.values()];
      if (machines.has(record.id)) throw new Error(`machine ${record.id}: exists already`);
      const holder = others.find(other => portOf(other.record) === portOf(record));
      if (holder)
        throw new Error(
          `machine ${record.hostname}: port ${portOf(record)} is taken by ${holder.label}; expected a free one`,
        );
      const machine = new Machine(
        {
          record,
          label: labelFor(
            record,
            others.map(({ label }) => label),
          ),
          power: "off",
          layers: [],
          boots: 0,
        },
        settings,
      );
      machines.set(record.id, machine);
      try {
        await machine.format();
        await machine.powerOn("installed");
      } catch (error) {
        machines.delete(record.id);
        await machine.destroy();
        throw error;
      }
    },
    async destroy(id) {
      await machines.get(id)?.destroy();
      machines.delete(id);
    },
    powerOff: id => get(id).powerOff(),
    powerOn: id => get(id).powerOn(),
    reboot: id => get(id).reboot(),
    state: id => get(id).power,
    list: () => [...machines.values()].map(view).sort(byPort),
    find(idOrName) {
      const found = [...machines.values()].filter(({ record, label }) =>
        [record.id, record.hostname, label].includes(idOrName),
      );
      const [only] = found;
      if (only && found.length === 1) return view(only);
      const known = [...machines.values()].map(({ label }) => label).join(", ") || "none";
      throw new Error(`machine ${idOrName}: ${found.length} machines have this name or id; expected one of: ${known}`);
    },
    async adopt() {
      for (const entry of readEntries(settings.stateDir)) {
        if (machines.has(entry.record.id)) continue;
        const machine = new Machine(entry, settings);
        machines.set(entry.record.id, machine);
        await machine.adopt();
      }
    },
    exec: (id, argv, options) => get(id).exec(argv, options),
    freeze: id => get(id).freeze(),
    thaw: id => get(id).thaw(),
    cutLink: id => cutLink(get(id).record),
    mendLink: id => mendLink(get(id).record),
    silence: (id, what = "all") => silence(get(id).record, what, get(id).distribution),
    unsilence: id => unsilence(get(id).record, get(id).distribution),
    partition: groups =>
      partition(
        groups.map(group => group.map(id => get(id).record)),
        anyDistribution(),
      ),
    healPartition: () => healPartition(anyDistribution()),
  };
}

/** Rented machines by slot, then those that exist by address. */
function byPort(a: MachineView, b: MachineView): number {
  const [one, other] = [portOf(a.record), portOf(b.record)];
  return one.charAt(0) === other.charAt(0) ? Number(one.slice(1)) - Number(other.slice(1)) : other.localeCompare(one);
}
