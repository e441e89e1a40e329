import type { FaultTarget, SwitchTarget } from "../faults/fault";
import type { MachineRecord } from "../host";
import type { NamespaceMachines } from "../machines/namespace-machines";
import type { BirdSwitches } from "../network/switches";
import { until } from "../network/until";
import type { BareMachines } from "./bare-machines";

/** Seconds in which a machine shuts down: systemd gives a unit 90. */
const SHUTDOWN_SECONDS = 120;
/** Seconds that a fault's program may take inside a machine. */
const PROGRAM_SECONDS = 120;

/** What a fault may do to that machine. */
export const machineTarget = (
  machines: NamespaceMachines,
  bare: BareMachines,
  { id, hostname }: MachineRecord,
): FaultTarget => ({
  powerOff: () => machines.powerOff(id),
  powerOn: () => machines.powerOn(id),
  reboot: () => machines.reboot(id),
  shutDown: async () => {
    await machines.exec(id, ["systemctl", "--no-block", "poweroff"], { accept: "any", timeoutSeconds: 15 });
    await until(`machine ${hostname} to be off`, () => machines.state(id) === "off", { seconds: SHUTDOWN_SECONDS });
  },
  reinstall: () => bare.reinstall(hostname),
  freeze: () => machines.freeze(id),
  thaw: () => machines.thaw(id),
  cutLink: () => machines.cutLink(id),
  mendLink: () => machines.mendLink(id),
  silence: what => machines.silence(id, what),
  unsilence: () => machines.unsilence(id),
  part: () =>
    machines.partition([[id], machines.list().flatMap(({ record }) => (record.id === id ? [] : [record.id]))]),
  unpart: () => machines.healPartition(),
  exec: async (argv, input) =>
    (await machines.exec(id, argv, { timeoutSeconds: PROGRAM_SECONDS, ...(input === undefined ? {} : { input }) }))
      .stdout,
});

/** What a fault may do to that switch, `a` or `b`. */
export const switchTarget = (switches: BirdSwitches, name: string): SwitchTarget => ({
  powerOff: () => switches.powerOff(name),
  powerOn: () => switches.powerOn(name),
  resetSessions: () => switches.resetSessions(name),
  wrongPassword: wrong => switches.wrongPassword(name, wrong),
  established: async () => (await switches.sessions()).filter(s => s.switch === name && s.established).length,
});
