import { createHash } from "node:crypto";
import { secret, type Properties } from "../../../rack/plugins/wire";
import { privateAddressOf, publicAddressOf } from "./device-addresses";

/**
 * What the real plugin returns for a resource besides its inputs, by the resource's type; nothing for an unknown type.
 */
export const outputsOf = (type: string, name: string): Properties => OUTPUTS[type]?.(name) ?? {};

const OUTPUTS: Readonly<Record<string, (name: string) => Properties>> = {
  "equinix-metal:index/project:Project": () => ({ created: TIME, updated: TIME, userId: uuid("user") }),
  "equinix-metal:index/projectSshKey:ProjectSshKey": () => ({
    created: TIME,
    updated: TIME,
    fingerprint: "00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff",
    ownerId: uuid("owner"),
  }),
  "equinix-metal:index/reservedIpBlock:ReservedIpBlock": () => ({
    address: "192.0.2.1",
    network: "192.0.2.1",
    netmask: "255.255.255.255",
    cidr: 32,
    cidrNotation: "192.0.2.1/32",
    gateway: "192.0.2.1",
    addressFamily: 4,
    public: true,
    global: true,
    manageable: true,
    management: false,
  }),
  "equinix-metal:index/bgpSession:BgpSession": () => ({ status: "up" }),
  "equinix-metal:index/device:Device": device,
};

const TIME = "2026-01-01T00:00:00Z";

/** Looks like a UUID of Equinix Metal, and is the same in every run. */
export const uuid = (seed: string): string =>
  createHash("sha256")
    .update(seed)
    .digest("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");

function device(name: string): Properties {
  const [publicAddress, privateAddress] = [publicAddressOf(name), privateAddressOf(name)];
  const network = (address: string, cidr: number, family: number, isPublic: boolean): Properties => ({
    address,
    cidr,
    family,
    gateway: address,
    public: isPublic,
  });
  return {
    accessPublicIpv4: publicAddress,
    accessPrivateIpv4: privateAddress,
    accessPublicIpv6: "2001:db8::1",
    created: TIME,
    updated: TIME,
    deployedFacility: "da11",
    deployedHardwareReservationId: "",
    locked: false,
    networkType: "layer3",
    networks: [
      network(publicAddress, 31, 4, true),
      network("2001:db8::1", 127, 6, true),
      network(privateAddress, 31, 4, false),
    ],
    ports: ["bond0", "eth0", "eth1"].map(port => ({
      bonded: true,
      id: uuid(`${name} ${port}`),
      mac: "00:00:5e:00:53:01",
      name: port,
      type: port === "bond0" ? "NetworkBondPort" : "NetworkPort",
    })),
    rootPassword: secret("0123456789"),
    sshKeyIds: [uuid("key")],
    state: "active",
  };
}
