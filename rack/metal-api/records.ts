/**
 * What the rack remembers of its tenants, as plain records: the Metal API writes them, the metadata
 * service reads them. Everything here is JSON and survives a restart of rackd.
 */

export interface BgpConfig {
  readonly id: string;
  readonly asn: number;
  /** Shared secret of every session of the project. */
  readonly md5?: string;
  readonly createdAt: string;
}

export interface Project {
  readonly id: string;
  readonly name: string;
  readonly organizationId: string;
  readonly paymentMethodId: string;
  readonly backendTransfer: boolean;
  readonly bgp?: BgpConfig;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface SshKey {
  readonly id: string;
  readonly projectId: string;
  readonly label: string;
  /** Byte for byte as it was sent: the provider replaces the key when it differs. */
  readonly key: string;
  readonly fingerprint: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A block of addresses: reachable only while a machine announces it. */
export interface IpBlock {
  readonly id: string;
  /** Absent: `global_ipv4`. */
  readonly type?: "public_ipv4";
  /** The metro that a `public_ipv4` block is bound to. */
  readonly metro?: string;
  readonly projectId: string;
  readonly network: string;
  readonly cidr: number;
  readonly details?: string;
  readonly tags: readonly string[];
  readonly createdAt: string;
}

/** A part of a block that is routed statically to one device. */
export interface IpAttachment {
  readonly id: string;
  readonly blockId: string;
  readonly deviceId: string;
  readonly network: string;
  readonly cidr: number;
  readonly createdAt: string;
}

/** `inactive` (powered off) is never stored: it is what the machine host says of an active device. */
export type DeviceState = "queued" | "provisioning" | "active" | "failed" | "deprovisioning";

export type AddressKind = "public_ipv4" | "private_ipv4" | "public_ipv6";

export interface Device {
  readonly id: string;
  readonly projectId: string;
  readonly hostname: string;
  readonly description?: string;
  /** Place in the rack: decides the addresses and the switch port. */
  readonly slot: number;
  readonly state: DeviceState;
  /** The machine host has finished creating the machine; without it a restart cannot wait for phone-home. */
  readonly created: boolean;
  readonly plan: string;
  readonly facility: string;
  readonly operatingSystem: string;
  readonly billingCycle: string;
  readonly tags: readonly string[];
  readonly userdata: string;
  readonly customdata: Readonly<Record<string, unknown>>;
  readonly sshKeyIds: readonly string[];
  readonly addressKinds: readonly AddressKind[];
  readonly hardwareReservationId?: string;
  readonly ipxeScriptUrl?: string;
  readonly alwaysPxe: boolean;
  readonly locked: boolean;
  readonly rootPassword: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface BgpSession {
  readonly id: string;
  readonly deviceId: string;
  readonly defaultRoute: boolean;
  readonly createdAt: string;
}

export interface VirtualNetwork {
  readonly id: string;
  readonly projectId: string;
  readonly description: string;
  readonly vxlan: number;
  readonly metro: string;
  /** Set when the network was asked for by facility. */
  readonly facility?: string;
  readonly createdAt: string;
}

export interface DeviceEvent {
  readonly id: string;
  readonly deviceId: string;
  /** `provisioning.109`, `user.1001`, ... */
  readonly type: string;
  readonly state: string;
  readonly body: string;
  readonly createdAt: string;
}
