import * as pulumi from "@pulumi/pulumi";
import type { BgpPeer } from "../../cloud-init/contract/identity";
import type { BgpPeerSpec } from "../config/endpoint/bgp-peers";

/** Neighbours without what is secret about them, which every program on the machine may read. */
export const openPeers = (peers: readonly BgpPeerSpec[]): BgpPeer[] =>
  peers.map(({ address, as, multihop }) => ({ address, as, multihop }));

/** Neighbour's address to password; none at all where no session has one. */
export function md5Passwords(peers: readonly BgpPeerSpec[]): pulumi.Output<Record<string, string>> | undefined {
  const passwords = peers.flatMap(({ address, md5Password }) =>
    md5Password === undefined ? [] : [[address, md5Password] as const],
  );
  return passwords.length === 0 ? undefined : pulumi.all(Object.fromEntries(passwords));
}
