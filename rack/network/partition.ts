import type { MachineRecord } from "../host";
import { nft } from "./nft";
import { familyOf, portOf } from "./port";

const FAMILIES = ["inet", "bridge"] as const;
const table = (family: (typeof FAMILIES)[number]) => `${family} rackplane_partition`;

/** The rules under which groups of switch ports cannot hear each other: pure. */
export function partitionRules(family: (typeof FAMILIES)[number], groups: readonly (readonly string[])[]): string {
  const sets = groups.map(group => `{ ${group.map(port => `"${port}"`).join(", ")} }`);
  const drops = sets.flatMap((from, i) =>
    sets.flatMap((to, j) => (i === j ? [] : [`    iifname ${from} oifname ${to} drop`])),
  );
  return [
    `table ${table(family)} {`,
    "  chain forward {",
    "    type filter hook forward priority 0; policy accept;",
    ...drops,
    "  }",
    "}",
    "",
  ].join("\n");
}

/**
 * Splits the rack: machines of one group stop hearing those of the others, whatever the addresses. Rented
 * machines and those that exist hear each other still. Switches, services and the operator reach all of them.
 * A new partition replaces the old one.
 */
export async function partition(groups: readonly (readonly MachineRecord[])[], rootfs: string): Promise<void> {
  const rules = FAMILIES.map(family => {
    const filled = groups
      .map(group => group.filter(one => familyOf(one) === family).map(portOf))
      .filter(group => group.length > 0);
    return `table ${table(family)}\ndelete table ${table(family)}\n${filled.length > 1 ? partitionRules(family, filled) : ""}`;
  });
  await nft(rules.join(""), rootfs);
}

/** Makes the rack whole again. */
export async function healPartition(rootfs: string): Promise<void> {
  await partition([], rootfs);
}
