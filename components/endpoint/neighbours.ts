import * as pulumi from "@pulumi/pulumi";
import type { BgpPeer } from "../../cloud-init/node-spec";
import type { BgpPeerSpec } from "../config/endpoint/bgp-peers";
import type { Neighbours } from "../machines/machine";

/** Neighbours without what is secret about them, which anybody on the machine may read. */
export const openPeers = (peers: readonly BgpPeerSpec[]): BgpPeer[] =>
  peers.map(({ address, as, multihop }) => ({ address, as, multihop }));

/** Neighbour's address to password; none at all where no session has one. */
export function md5Passwords(peers: readonly BgpPeerSpec[]): pulumi.Output<Record<string, string>> | undefined {
  const passwords = peers.flatMap(({ address, md5Password }) =>
    md5Password === undefined ? [] : [[address, md5Password] as const],
  );
  return passwords.length === 0 ? undefined : pulumi.all(Object.fromEntries(passwords));
}

/** A machine's own neighbours, both halves. */
export function neighboursOf(peers: readonly BgpPeerSpec[]): Neighbours {
  const md5 = md5Passwords(peers);
  return { peers: pulumi.output(openPeers(peers)), ...(md5 === undefined ? {} : { md5 }) };
}
