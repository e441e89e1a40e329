import { setTimeout as delay } from "node:timers/promises";
import * as metal from "@pulumi/equinix-metal";
import * as pulumi from "@pulumi/pulumi";
import type { BgpPeer } from "../../../cloud-init/contract/identity";
import type { Neighbours } from "../machine";

type ApiNeighbours = Awaited<ReturnType<typeof metal.getDeviceBgpNeighbors>>["bgpNeighbors"];

/** A session's neighbours appear some time after the session; past this many milliseconds something else is wrong. */
const PATIENCE = 300_000;
const BETWEEN = 5_000;

/**
 * The switches that Equinix Metal names for a machine. Pulumi asks the Metal API for them when it runs, and the machine
 * gets the answer in its grant. So the machine needs no API key, which kube-vip's `--metal` once put on every machine.
 */
export function neighboursFromApi({
  device,
  session,
  parent,
}: {
  device: metal.Device;
  session: metal.BgpSession;
  parent: pulumi.Resource;
}): Neighbours {
  const known = pulumi.secret(
    pulumi.all([device.id, device.hostname, session.id]).apply(([id, hostname]) => askApi(id, hostname, parent)),
  );
  return {
    // Only the passwords are secret.
    peers: pulumi.unsecret(known).apply(found => peersOf(found)),
    md5: known.apply(md5Of),
  };
}

async function askApi(deviceId: string, hostname: string, parent: pulumi.Resource): Promise<ApiNeighbours> {
  const deadline = Date.now() + PATIENCE;
  for (;;) {
    const { bgpNeighbors } = await metal.getDeviceBgpNeighbors({ deviceId }, { parent });
    const found = bgpNeighbors.filter(
      ({ addressFamily, peerIps }) => addressFamily === 4 && (peerIps ?? []).length > 0,
    );
    if (found.length > 0) return found;
    // A preview changes nothing, so nothing will appear while it waits.
    if (pulumi.runtime.isDryRun() || Date.now() > deadline) {
      throw new Error(
        `endpoint.peers: found no BGP neighbour of ${hostname} in the Metal API, expected the switches of its session; ` +
          "look whether the project's BGP is enabled, and run pulumi up again",
      );
    }
    await delay(BETWEEN);
  }
}

/**
 * Every switch of every neighbour, once: a machine that knew only the first of two would vanish together with that
 * switch.
 */
export function peersOf(neighbours: ApiNeighbours): BgpPeer[] {
  const peers = neighbours.flatMap(({ peerIps = [], peerAs, multihop }) =>
    peerIps.map(address => ({ address, as: peerAs, multihop })),
  );
  return (
    peers
      .filter(({ address }, i) => peers.findIndex(peer => peer.address === address) === i)
      // The API returns the switches in no fixed order, and the grant should not change with their order.
      .sort((a, b) => (a.address < b.address ? -1 : 1))
  );
}

export function md5Of(neighbours: ApiNeighbours): Record<string, string> | undefined {
  const passwords = neighbours.flatMap(({ peerIps = [], md5Enabled, md5Password }) =>
    md5Enabled ? peerIps.map(address => [address, md5Password] as const) : [],
  );
  return passwords.length === 0 ? undefined : Object.fromEntries(passwords);
}
