import * as path from "node:path";

/** The rack's fixed names and addresses. Only documentation, private and link-local ranges appear. */
export const NETNS = {
  router: "rackplane-router",
  services: "rackplane-services",
  ops: "rackplane-ops",
  machine: (hostname: string) => `rackplane-m-${hostname}`,
} as const;

export const SERVICES = { address: "192.0.2.2", gateway: "192.0.2.1", prefix: 30 } as const;
export const OPS = { address: "192.0.2.6", gateway: "192.0.2.5", prefix: 30 } as const;

/** Names that the program and the machines call by their public hosts, all answered by the rack itself. */
export const SERVED_HOSTS = [
  "api.equinix.com",
  "metadata.platformequinix.com",
  "pkgs.k8s.io",
  "registry.k8s.io",
  "ghcr.io",
] as const;

/** Equinix Metal's local BGP: two switches per site, multihop (facts: equinix-metal, "Local BGP"). */
export const SWITCHES = ["169.254.255.1", "169.254.255.2"] as const;
export const SWITCH_AS = 65530;
export const CUSTOMER_AS = 65000;

/** Most machines one rack holds; the /24s below would take 128. */
export const MAX_MACHINES = 32;

export const addressesOf = (index: number) => ({
  privateGateway: `10.70.0.${2 * index}`,
  privateAddress: `10.70.0.${2 * index + 1}`,
  publicGateway: `198.51.100.${2 * index}`,
  publicAddress: `198.51.100.${2 * index + 1}`,
  mac: `02:00:00:70:00:${index.toString(16).padStart(2, "0")}`,
});

/**
 * The one network of machines that already exist: a bridge in the router, whose address is their gateway. VIPs
 * that move by ARP lie in it too; the stack files of the rack share its addresses out.
 */
export const LAN = { bridge: "lan", mac: "02:00:00:71:00:01", gateway: "10.71.0.1", prefix: 24 } as const;

/** The n of an address 10.71.0.<n> that a machine may have. @throws Error naming what may be had */
export function lanPlace(address: string): number {
  const n = /^10\.71\.0\.([1-9]\d{0,2})$/.exec(address)?.[1];
  if (n !== undefined && Number(n) > 1 && Number(n) < 255) return Number(n);
  throw new Error(
    `machine address: found "${address}"; expected one of 10.71.0.2 to 10.71.0.254, the rack's network of machines that exist`,
  );
}

/** The k-th `global_ipv4` block that the local API hands out. */
export const vipOf = (k: number) => `203.0.113.${k + 1}`;

export const REGISTRY_PORT = 5000;
/** The store of stacks whose backups go to one that speaks S3, at the services' address: its bucket and its key's ID. */
export const S3_PORT = 7070;
export const S3_BUCKET = "backups";
export const S3_ACCESS_KEY = "rackplane";
/** Name of the cgroup, in every hierarchy, that holds all that the rack started. */
export const CGROUP = "rackplane";

export const STATE_DIR = "/var/lib/rackplane-rack";
export const CONTROL_SOCKET = path.join(STATE_DIR, "control.sock");
export const cacheDir = () =>
  process.env.RACKPLANE_CACHE ??
  path.join(process.env.XDG_CACHE_HOME ?? path.join(process.env.HOME ?? "/root", ".cache"), "rackplane");
