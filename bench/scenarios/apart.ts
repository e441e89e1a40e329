import { onMachine } from "../../rack/cli/operator";

const INTERFACE = "eth0";
const TABLE = "netdev rackplane_apart";

const macOf = async (machine: string): Promise<string> =>
  (await onMachine(machine, [`cat /sys/class/net/${INTERFACE}/address`])).trim();

/** Each of the two drops every frame that the other one sends, ARP included; all others are heard and hear both. */
export async function apart(one: string, other: string): Promise<void> {
  const macs = { [one]: await macOf(other), [other]: await macOf(one) };
  await Promise.all(
    [one, other].map(machine =>
      onMachine(machine, ["nft", "-f", "-"], {
        input: `table ${TABLE} {
  chain from {
    type filter hook ingress device "${INTERFACE}" priority -300; policy accept;
    ether saddr ${macs[machine] ?? ""} drop
  }
}
`,
      }),
    ),
  );
}

/** Both hear each other again. */
export async function together(one: string, other: string): Promise<void> {
  await Promise.all([one, other].map(machine => onMachine(machine, [`nft delete table ${TABLE}`])));
}
