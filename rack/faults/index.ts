import { apiServerAway, expireCertificate } from "./api-server";
import { clockBack, clockForward } from "./clock";
import { fullDisk, slowDisk } from "./disk";
import type { Fault } from "./fault";
import { exhaustMemory } from "./memory";
import { cutEtcd, cutLink, flapLink, mute, partition, silence } from "./network";
import { freeze, powerOff, reboot, reinstall, shutDown } from "./power";
import {
  freezeApiServer,
  freezeEtcd,
  killApiServer,
  killBalancer,
  killContainerd,
  killEtcd,
  killKeepalived,
  killKubelet,
  killKubeVip,
  stopKubelet,
} from "./processes";
import { resetSessions, switchPowerOff, wrongPassword } from "./switches";

/** Every fault there is. */
export const FAULTS: readonly Fault[] = [
  powerOff,
  reboot,
  shutDown,
  reinstall,
  freeze,
  killApiServer,
  apiServerAway,
  freezeApiServer,
  expireCertificate,
  killEtcd,
  freezeEtcd,
  cutEtcd,
  slowDisk,
  fullDisk,
  killKubelet,
  stopKubelet,
  killContainerd,
  killKubeVip,
  killKeepalived,
  killBalancer,
  cutLink,
  flapLink,
  silence,
  mute,
  partition,
  switchPowerOff,
  resetSessions,
  wrongPassword,
  clockForward,
  clockBack,
  exhaustMemory,
];

/** @throws Error naming the faults there are. */
export function faultNamed(name: string): Fault {
  const fault = FAULTS.find(f => f.name === name);
  if (fault === undefined) {
    throw new Error(`fault ${name}: found no such fault, expected one of: ${FAULTS.map(f => f.name).join(", ")}`);
  }
  return fault;
}
