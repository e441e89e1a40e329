import type { PowerState } from "../host";
import {
  facilityJson,
  metroJson,
  metroOf,
  operatingSystemBySlug,
  operatingSystemJson,
  planJson,
  stableUuid,
} from "./catalog";
import { href } from "./href";
import { attachmentJson } from "./ip-json";
import { deviceAddresses, devicePorts } from "./device-addresses";
import { projectJson } from "./projects";
import type { Device } from "./records";
import type { Store } from "./store";

/**
 * A device as the provider reads it. `plan`, `operating_system` and `facility` must always be there, and
 * `customdata` an object: the provider reads through them without a check. `project` is a mere reference
 * unless it was included, as in the public API.
 */
export function deviceJson(store: Store, device: Device, include: ReadonlySet<string>, power: PowerState) {
  const metro = metroOf(device.facility);
  const project = store.projects.get(device.projectId);
  return {
    id: device.id,
    short_id: device.id.slice(0, 8),
    href: href("devices", device.id),
    hostname: device.hostname,
    description: device.description ?? null,
    // Only the machine host knows of a power loss: its word turns active into inactive.
    state: device.state === "active" && power === "off" ? "inactive" : device.state,
    plan: planJson(device.plan),
    operating_system: operatingSystemJson(operatingSystemBySlug(device.operatingSystem)),
    facility: facilityJson(metro),
    metro: metroJson(metro),
    project: project && include.has("project") ? projectJson(project) : { href: href("projects", device.projectId) },
    billing_cycle: device.billingCycle,
    tags: device.tags,
    user: "root",
    userdata: device.userdata,
    customdata: device.customdata,
    root_password: device.rootPassword,
    locked: device.locked,
    always_pxe: device.alwaysPxe,
    ipxe_script_url: device.ipxeScriptUrl ?? null,
    ...(device.hardwareReservationId && {
      hardware_reservation: { href: href("hardware-reservations", device.hardwareReservationId) },
    }),
    ssh_keys: device.sshKeyIds.map(id => ({ href: href("ssh-keys", id) })),
    ip_addresses: [
      ...bornAddressesJson(device),
      ...store.attachments.where(attachment => attachment.deviceId === device.id).map(attachmentJson),
    ],
    network_ports: networkPortsJson(device),
    volumes: [],
    spot_instance: false,
    created_at: device.createdAt,
    updated_at: device.updatedAt,
  };
}

/** `management: true` marks these as the access addresses of the device. */
const bornAddressesJson = (device: Device) =>
  deviceAddresses(device).map(address => {
    const id = stableUuid(`${device.id}:${address.kind}`);
    return {
      id,
      href: href("ips", id),
      address: address.address,
      gateway: address.gateway,
      network: address.network,
      netmask: address.netmask,
      cidr: address.cidr,
      address_family: address.family,
      public: address.public,
      management: true,
      manageable: true,
      enabled: true,
      global_ip: false,
      tags: [],
      // The cloud controller asks for that of the private address.
      parent_block: { network: address.network, netmask: address.netmask, cidr: address.cidr },
      project: { href: href("projects", device.projectId) },
      assigned_to: { href: href("devices", device.id) },
      created_at: device.createdAt,
    };
  });

/** Everything bonded: this and a management address make the network type layer3. */
function networkPortsJson(device: Device) {
  const bond = { id: stableUuid(`${device.id}:bond0`), name: "bond0" };
  return [
    {
      ...bond,
      type: "NetworkBondPort",
      network_type: "layer3",
      data: { bonded: true },
      virtual_networks: [],
      disbond_operation_supported: true,
    },
    ...devicePorts(device).map(({ name, mac }) => ({
      id: stableUuid(`${device.id}:${name}`),
      name,
      type: "NetworkPort",
      data: { mac, bonded: true },
      bond,
      virtual_networks: [],
      disbond_operation_supported: name !== "eth0",
    })),
  ];
}
