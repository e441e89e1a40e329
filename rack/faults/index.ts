import type { Fault, SwitchFault } from "./fault";
import { PACKET_FAULTS } from "./packets";
import { cutLink, flapLink, freeze, powerOff, reboot, reinstall, shutDown, silence } from "./power";
import { apiServerAway, PROCESS_FAULTS } from "./processes";
import { SWITCH_FAULTS } from "./switches";

/** Every fault of a machine. */
const MACHINE_FAULTS: readonly Fault[] = [
  powerOff,
  reboot,
  shutDown,
  reinstall,
  freeze,
  ...PROCESS_FAULTS,
  apiServerAway,
  cutLink,
  flapLink,
  silence,
  ...PACKET_FAULTS,
];

/** Every fault there is, for a person to choose from. */
export const FAULTS: readonly { readonly name: string; readonly what: string }[] = [
  ...MACHINE_FAULTS,
  ...SWITCH_FAULTS,
];

/** A fault by its name, and what it happens to. */
export type NamedFault =
  | { readonly on: "machine"; readonly fault: Fault }
  | { readonly on: "switch"; readonly fault: SwitchFault };

/** @throws Error naming the faults there are. */
export function faultNamed(name: string): NamedFault {
  const ofMachine = MACHINE_FAULTS.find(fault => fault.name === name);
  if (ofMachine !== undefined) return { on: "machine", fault: ofMachine };
  const ofSwitch = SWITCH_FAULTS.find(fault => fault.name === name);
  if (ofSwitch !== undefined) return { on: "switch", fault: ofSwitch };
  throw new Error(`fault ${name}: found no such fault, expected one of: ${FAULTS.map(f => f.name).join(", ")}`);
}
