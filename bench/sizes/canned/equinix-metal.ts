import { createHash } from "node:crypto";
import type { Resource } from "../../../rack/plugins/provider";
import { serve } from "../../../rack/plugins/serve";
import { diffPaths, plain, secret, UNKNOWN, type Properties } from "../../../rack/plugins/wire";
import { privateAddressOf, publicAddressOf } from "./device-addresses";

/**
 * The Equinix Metal plugin without its API: what the program reads of a resource, and what the real one keeps of a
 * machine besides. Machines "are" on loopback: the program itself dials the first ones (machines/first-answering.ts).
 */
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

const uuid = (seed: string): string =>
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

const resource: Resource = {
  async diff(_call, { oldInputs, news }) {
    return { paths: diffPaths(plain(oldInputs), plain(news)), replaces: () => false };
  },
  async create(call, inputs, preview) {
    const outputs = OUTPUTS[call.type]?.(call.name) ?? {};
    if (!preview) return { id: uuid(call.urn), state: { ...inputs, ...outputs } };
    const unknown = Object.fromEntries(Object.keys(outputs).map(key => [key, UNKNOWN]));
    return { id: "", state: { ...unknown, ...inputs } };
  },
  async update(_call, { state, news }) {
    return { ...state, ...news };
  },
  async read(call, id, state, inputs) {
    return { id, inputs, state: { ...state, ...OUTPUTS[call.type]?.(call.name) } };
  },
  async delete() {},
};

serve({ name: "equinix-metal", version: "2.0.0", resource: () => resource });
