import { portOf } from "./links";
import { nft } from "./nft";

const TABLE = "inet rackplane_partition";

/** The rules under which two groups of switch ports cannot hear each other: pure. */
export function partitionRules(groups: readonly (readonly number[])[]): string {
  const sets = groups.map((group) => `{ ${group.map((index) => `"${portOf(index)}"`).join(", ")} }`);
  const drops = sets.flatMap((from, i) => sets.flatMap((to, j) => (i === j ? [] : [`    iifname ${from} oifname ${to} drop`])));
  return [`table ${TABLE} {`, "  chain forward {", "    type filter hook forward priority 0; policy accept;", ...drops, "  }", "}", ""].join("\n");
}

/**
 * Splits the rack: machines of one group stop hearing those of the others, whatever the addresses.
 * Switches, services and the operator still reach all of them. A new partition replaces the old one.
 */
export async function partition(groups: readonly (readonly number[])[], rootfs: string): Promise<void> {
  const filled = groups.filter((group) => group.length > 0);
  await nft(`table ${TABLE}\ndelete table ${TABLE}\n${filled.length > 1 ? partitionRules(filled) : ""}`, rootfs);
}

/** Makes the rack whole again. */
export async function healPartition(rootfs: string): Promise<void> {
  await partition([], rootfs);
}
