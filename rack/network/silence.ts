import type { MachineRecord } from "../host";
import { nft } from "./nft";
import { familyOf, portOf } from "./port";

/** Idempotent: makes the table in which a silenced port's packets are dropped, both ways. Pure. */
export function silenceRules(machine: MachineRecord, silent: boolean): string {
  const table = `${familyOf(machine)} rackplane_silence`;
  return [
    `add table ${table}`,
    `add set ${table} ports { type ifname; }`,
    `add chain ${table} from { type filter hook prerouting priority -300; }`,
    `add chain ${table} to { type filter hook postrouting priority 300; }`,
    `flush chain ${table} from`,
    `flush chain ${table} to`,
    `add rule ${table} from iifname @ports drop`,
    `add rule ${table} to oifname @ports drop`,
    // Added before it is deleted: a machine that was never silenced is no error.
    `add element ${table} ports { "${portOf(machine)}" }`,
    ...(silent ? [] : [`delete element ${table} ports { "${portOf(machine)}" }`]),
    "",
  ].join("\n");
}

/**
 * Loses all packets of a machine while its link stays up: the failure that nobody is told of, which only
 * a hold time ends. (A cut link or a lost power is seen by a routed machine's switch at once: its port goes dark.)
 */
export const silence = (machine: MachineRecord, rootfs: string): Promise<void> =>
  nft(silenceRules(machine, true), rootfs);

/** Ends the silence; a machine that was never silenced is no error. */
export const unsilence = (machine: MachineRecord, rootfs: string): Promise<void> =>
  nft(silenceRules(machine, false), rootfs);
