import { rootfsPath } from "../../rack/machines/rootfs";
import { DEFAULT_SYSTEM } from "../../rack/machines/systems";
import { nft } from "../../rack/network/nft";
import { NETNS, OPS } from "../../rack/topology";
import type { Heard } from "../impostor/server";
import { whileListening } from "./program";

/** The impostor as a test sees it. */
export interface InTheWay {
  /** `ssh-ed25519 AAAA...` */
  readonly hostKey: string;
  /** Everything that was sent to it so far. */
  readonly heard: readonly Heard[];
}

const PORT = 2222;
const TABLE = "ip rackplane_impostor";
const ROOTFS = rootfsPath(DEFAULT_SYSTEM);

/** In the router, between the operator and a machine: connections to the machine's sshd go elsewhere. Pure. */
export const divertRules = (address: string): string =>
  [
    `table ${TABLE} {`,
    "  chain from-operator {",
    "    type nat hook prerouting priority -100; policy accept;",
    `    iifname "ops" ip daddr ${address} tcp dport 22 dnat to ${OPS.gateway}:${PORT}`,
    "  }",
    "}",
    "",
  ].join("\n");

/**
 * Runs `act` while another SSH server, in the router, answers the operator in the place of the machine at an address.
 * Everything else of the machine goes its usual way: its boot, its metadata, its events.
 */
export function withImpostor<T>(address: string, act: (impostor: InTheWay) => Promise<T>): Promise<T> {
  const heard: Heard[] = [];
  return whileListening(
    { namespace: NETNS.router, file: "impostor/main.ts", words: [OPS.gateway, String(PORT)] },
    line => {
      const value = line as Heard | { readonly hostKey: string };
      if ("hostKey" in value) return value;
      heard.push(value);
      return undefined;
    },
    async ({ hostKey }) => {
      try {
        await nft(divertRules(address), ROOTFS);
        return await act({ hostKey, heard });
      } finally {
        // Adding it first makes its deletion right also when the rules were refused.
        await nft(`table ${TABLE}\ndelete table ${TABLE}\n`, ROOTFS);
      }
    },
  );
}
