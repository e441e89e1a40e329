import { apiServerAway, killApiServer } from "./api-server";
import { cutEtcd } from "./etcd-peers";
import type { Fault } from "./fault";
import { cutLink, freeze, powerOff, reboot, reinstall, silence } from "./power";

/** Every fault there is. */
export const FAULTS: readonly Fault[] = [
  powerOff,
  reboot,
  reinstall,
  killApiServer,
  apiServerAway,
  cutLink,
  cutEtcd,
  silence,
  freeze,
];

/** @throws Error naming the faults there are. */
export function faultNamed(name: string): Fault {
  const fault = FAULTS.find(f => f.name === name);
  if (fault === undefined) {
    throw new Error(`fault ${name}: found no such fault, expected one of: ${FAULTS.map(f => f.name).join(", ")}`);
  }
  return fault;
}
