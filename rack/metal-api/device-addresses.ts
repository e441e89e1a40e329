import { addressesOf } from "../topology";
import type { AddressKind, Device } from "./records";

export interface DeviceAddress {
  readonly kind: AddressKind;
  readonly family: 4 | 6;
  readonly public: boolean;
  readonly address: string;
  readonly gateway: string;
  readonly network: string;
  readonly netmask: string;
  readonly cidr: number;
}

export const ADDRESS_KINDS: readonly AddressKind[] = ["public_ipv4", "public_ipv6", "private_ipv4"];

/**
 * The addresses that a device is born with. Each IPv4 pair is a /31 with the gateway as its lower half.
 * The IPv6 address is there for its shape only: programs must pick by family, and the rack routes no IPv6.
 */
export function deviceAddresses(device: Pick<Device, "slot" | "addressKinds">): DeviceAddress[] {
  const { publicAddress, publicGateway, privateAddress, privateGateway } = addressesOf(device.slot);
  const v6 = (offset: number) => `2001:db8:70::${(0x100 + 2 * device.slot + offset).toString(16)}`;
  const born: readonly DeviceAddress[] = [
    {
      kind: "public_ipv4",
      family: 4,
      public: true,
      address: publicAddress,
      gateway: publicGateway,
      network: publicGateway,
      netmask: "255.255.255.254",
      cidr: 31,
    },
    {
      kind: "public_ipv6",
      family: 6,
      public: true,
      address: v6(1),
      gateway: v6(0),
      network: v6(0),
      netmask: "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe",
      cidr: 127,
    },
    {
      kind: "private_ipv4",
      family: 4,
      public: false,
      address: privateAddress,
      gateway: privateGateway,
      network: privateGateway,
      netmask: "255.255.255.254",
      cidr: 31,
    },
  ];
  return born.filter(address => device.addressKinds.includes(address.kind));
}

/** The two ports of the bond; the rack wires the first one. */
export function devicePorts(device: Pick<Device, "slot">): { name: string; mac: string }[] {
  const { mac } = addressesOf(device.slot);
  return [
    { name: "eth0", mac },
    { name: "eth1", mac: mac.replace(/^02/, "06") },
  ];
}
