import { addressesOf, SWITCH_AS, SWITCHES } from "../topology";
import { metroOf } from "./catalog";
import type { Device } from "./records";
import type { Store } from "./store";

/** What a machine needs to know to speak BGP: one entry per session of the device, none before. */
export function neighborsOf(store: Store, device: Device) {
  const project = store.projects.get(device.projectId);
  const bgp = project?.bgp;
  if (project === undefined || bgp === undefined) return [];
  const { privateAddress, privateGateway } = addressesOf(device.slot);
  const { legacy } = metroOf(device.facility);
  const blocks = store.blocks.where(block => block.projectId === project.id);
  return store.sessions
    .where(session => session.deviceId === device.id)
    .map(session => ({
      address_family: 4,
      customer_as: bgp.asn,
      customer_ip: privateAddress,
      md5_enabled: bgp.md5 !== undefined,
      md5_password: bgp.md5 ?? null,
      multihop: !legacy,
      peer_as: SWITCH_AS,
      peer_ips: legacy ? [privateGateway] : [...SWITCHES],
      routes_in: blocks.map(block => ({ route: `${block.network}/${block.cidr}`, exact: false })),
      routes_out: session.defaultRoute ? [{ route: "0.0.0.0/0", exact: true }] : [],
    }));
}
