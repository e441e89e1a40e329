import type { MachineRecord } from "../host";
import { nft } from "./nft";
import { familyOf, portOf } from "./port";

/** Which of a machine's packets are lost. */
export type Silenced = "all" | "sent" | "none";

/** Idempotent: makes the table in which a silenced port's packets are dropped. Pure. */
export function silenceRules(machine: MachineRecord, silenced: Silenced): string {
  const table = `${familyOf(machine)} rackplane_silence`;
  const [sent, received] = [silenced !== "none", silenced === "all"];
  // Added before it is deleted: a machine that was never silenced is no error.
  const element = (set: string, there: boolean) => [
    `add element ${table} ${set} { "${portOf(machine)}" }`,
    ...(there ? [] : [`delete element ${table} ${set} { "${portOf(machine)}" }`]),
  ];
  return [
    `add table ${table}`,
    `add set ${table} sent { type ifname; }`,
    `add set ${table} received { type ifname; }`,
    `add chain ${table} from { type filter hook prerouting priority -300; }`,
    `add chain ${table} to { type filter hook postrouting priority 300; }`,
    `flush chain ${table} from`,
    `flush chain ${table} to`,
    `add rule ${table} from iifname @sent drop`,
    `add rule ${table} to oifname @received drop`,
    ...element("sent", sent),
    ...element("received", received),
    "",
  ].join("\n");
}

/**
 * Loses packets of a machine while its link stays up: the failure that nobody is told of, which only
 * a hold time ends. (A cut link or a lost power is seen by a routed machine's switch at once: its port goes dark.)
 */
export const silence = (machine: MachineRecord, what: "all" | "sent", rootfs: string): Promise<void> =>
  nft(silenceRules(machine, what), rootfs);

/** Ends the silence; a machine that was never silenced is no error. */
export const unsilence = (machine: MachineRecord, rootfs: string): Promise<void> =>
  nft(silenceRules(machine, "none"), rootfs);
