import { neighborsOf } from "../metal-api/bgp-neighbors";
import { metroOf, operatingSystemBySlug } from "../metal-api/catalog";
import { deviceAddresses, devicePorts } from "../metal-api/device-addresses";
import type { Device } from "../metal-api/records";
import type { Store } from "../metal-api/store";
import { keysOf } from "./keys";

/** The answer of `GET /metadata`. `bgp_neighbors` is absent, not empty, until the device has a session. */
export function metalDocument(store: Store, device: Device, baseUrl: string) {
  const metro = metroOf(device.facility);
  const { slug, distro, version } = operatingSystemBySlug(device.operatingSystem);
  const neighbors = neighborsOf(store, device);
  return {
    id: device.id,
    hostname: device.hostname,
    iqn: `iqn.${device.createdAt.slice(0, 7)}.net.packet:device.${device.id.slice(0, 8)}`,
    operating_system: { slug, distro, version },
    plan: device.plan,
    class: device.plan,
    reserved: device.hardwareReservationId !== undefined,
    facility: metro.facility,
    metro: metro.code,
    private_subnets: ["10.0.0.0/8"],
    tags: device.tags,
    ssh_keys: keysOf(store, device).map(key => key.key),
    customdata: device.customdata,
    volumes: [],
    spot: {},
    network: network(device),
    ...(neighbors.length > 0 && { bgp_neighbors: neighbors }),
    api_url: baseUrl,
    phone_home_url: `${baseUrl}/phone-home`,
    user_state_url: `${baseUrl}/events`,
  };
}

function network(device: Device) {
  const ports = devicePorts(device);
  return {
    bonding: { mode: 4, link_aggregation: "mlag_ha", mac: ports[0]?.mac },
    interfaces: ports.map(port => ({ ...port, bond: "bond0" })),
    addresses: deviceAddresses(device).map(own => ({
      address_family: own.family,
      netmask: own.netmask,
      created_at: device.createdAt,
      public: own.public,
      cidr: own.cidr,
      management: true,
      enabled: true,
      network: own.network,
      address: own.address,
      gateway: own.gateway,
      parent_block: { network: own.network, netmask: own.netmask, cidr: own.cidr },
    })),
  };
}
