import { portOf } from "./links";
import { nft } from "./nft";

const TABLE = "inet rackplane_silence";

/** Idempotent: makes the table in which a silenced port's packets are dropped, both ways. */
const BASE = [
  `add table ${TABLE}`,
  `add set ${TABLE} ports { type ifname; }`,
  `add chain ${TABLE} from { type filter hook prerouting priority -300; }`,
  `add chain ${TABLE} to { type filter hook postrouting priority 300; }`,
  `flush chain ${TABLE} from`,
  `flush chain ${TABLE} to`,
  `add rule ${TABLE} from iifname @ports drop`,
  `add rule ${TABLE} to oifname @ports drop`,
].join("\n");

/**
 * Loses all packets of a machine while its link stays up: the failure that nobody is told of, which only
 * a hold time ends. (A cut link or a lost power is seen by the switch at once: its port goes dark.)
 */
export async function silence(index: number, rootfs: string): Promise<void> {
  await nft(`${BASE}\nadd element ${TABLE} ports { "${portOf(index)}" }\n`, rootfs);
}

/** Ends the silence; a machine that was never silenced is no error. */
export async function unsilence(index: number, rootfs: string): Promise<void> {
  await nft(`${BASE}\nadd element ${TABLE} ports { "${portOf(index)}" }\ndelete element ${TABLE} ports { "${portOf(index)}" }\n`, rootfs);
}
