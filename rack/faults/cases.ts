import { apiServerAway, expireCertificate } from "./api-server";
import { clockBack, clockForward } from "./clock";
import { fullDisk, slowDisk } from "./disk";
import type { Fault, Site } from "./fault";
import { exhaustMemory } from "./memory";
import { cutEtcd, cutLink, flapLink, mute, partition, silence } from "./network";
import { freeze, powerOff, reboot, shutDown } from "./power";
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

/**
 * Whom a fault hits, by its part in the cluster: the VIP's holder (of several announcers one); the member whose API server
 * is asked, which is the holder where that runs one; etcd's leader; a member that is none of those hit before; the balancer
 * that stands by; a switch.
 */
export type Victim = "holder" | "member" | "leader" | "other-member" | "standby" | "switch";

/** Something that happens, whole: one fault or two at once, to whom, and for how long. */
export interface FaultCase {
  /** What `--fault` names. */
  readonly name: string;
  readonly what: string;
  readonly parts: readonly { readonly fault: Fault; readonly hits: Victim }[];
  /** Seconds after which it is healed, where it does not end by itself: by then its effects are over or do not end. */
  readonly heldSeconds: number;
  /** Besides what its faults themselves say. @default true */
  readonly applies?: (site: Site) => boolean;
}

/** Longer than a hold time, a lease, and the time-out of a node's Lease are together with what follows them. */
const HELD = 20;

const alone = (fault: Fault, hits: Victim, heldSeconds = HELD): FaultCase => ({
  name: fault.name,
  what: fault.what,
  parts: [{ fault, hits }],
  heldSeconds,
});

const BALANCERS = ({ endpoint }: Site) => endpoint === "balancers";

/** All that the bench tries, in its order. */
export const CASES: readonly FaultCase[] = [
  alone(killApiServer, "member"),
  alone(freezeApiServer, "member"),
  alone(apiServerAway, "member"),
  alone(expireCertificate, "member"),
  alone(killEtcd, "leader"),
  alone(freezeEtcd, "leader", 15),
  alone(slowDisk, "leader"),
  alone(fullDisk, "leader"),
  alone(cutEtcd, "leader"),
  alone(killKubelet, "member"),
  alone(killContainerd, "member"),
  alone(killKubeVip, "holder"),
  alone(killKeepalived, "holder"),
  alone(killBalancer, "holder"),
  alone(powerOff, "holder"),
  { ...alone(powerOff, "leader"), name: "leader-power-off", what: "cut the power of etcd's leader" },
  {
    ...alone(powerOff, "standby"),
    name: "standby-power-off",
    what: "cut the power of the balancer that does not hold the VIP",
    applies: BALANCERS,
  },
  alone(freeze, "holder"),
  alone(reboot, "holder"),
  alone(shutDown, "holder"),
  alone(cutLink, "holder"),
  alone(flapLink, "holder"),
  alone(silence, "holder"),
  alone(mute, "holder"),
  alone(partition, "member"),
  {
    ...alone(partition, "leader"),
    name: "partition-leader",
    what: "part etcd's leader from every other machine; switches, services and clients hear it still",
  },
  alone(switchPowerOff, "switch"),
  alone(resetSessions, "switch"),
  alone(wrongPassword, "switch"),
  alone(clockForward, "member"),
  alone(clockBack, "member"),
  alone(exhaustMemory, "member"),
  {
    name: "apiserver-and-kubelet",
    what: "SIGKILL one machine's API server while another one's kubelet is stopped",
    parts: [
      { fault: killApiServer, hits: "member" },
      { fault: stopKubelet, hits: "other-member" },
    ],
    heldSeconds: HELD,
  },
  {
    name: "etcd-and-apiserver",
    what: "SIGKILL etcd on its leader and the API server of another member at once",
    parts: [
      { fault: killEtcd, hits: "leader" },
      { fault: killApiServer, hits: "other-member" },
    ],
    heldSeconds: HELD,
  },
  {
    name: "machine-and-switch",
    what: "cut the power of a machine and of a switch at once",
    parts: [
      { fault: powerOff, hits: "holder" },
      { fault: switchPowerOff, hits: "switch" },
    ],
    heldSeconds: HELD,
  },
];

/** Whether it can happen there: whether all of its parts can. */
export const appliesTo = ({ parts, applies }: FaultCase, site: Site): boolean =>
  (applies?.(site) ?? true) && parts.every(({ fault }) => fault.applies?.(site) ?? true);
