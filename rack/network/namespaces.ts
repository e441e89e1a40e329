import * as fs from "node:fs/promises";
import * as path from "node:path";
import { run } from "../command";
import { LAN, NETNS, OPS, SERVED_HOSTS, SERVICES, SWITCHES } from "../topology";

const PREFIX = "rackplane-";
const ETC_NETNS = "/etc/netns";

/**
 * Makes the rack's fixed namespaces: the router, the services, and the one that a person's commands run in.
 *
 * None of them has a link to the host's own network: what is not in the rack cannot be reached from it.
 */
export async function createNamespaces(): Promise<void> {
  for (const name of [NETNS.router, NETNS.services, NETNS.ops]) await addNamespace(name);
  await makeRouter();
  await attach(NETNS.services, "services", SERVICES);
  await attach(NETNS.ops, "ops", OPS);
  await writeNameFiles(NETNS.services, SERVICES.gateway);
  await writeNameFiles(NETNS.ops, OPS.gateway);
}

/** Adds a namespace with its loopback up. */
export async function addNamespace(name: string): Promise<void> {
  await run(["ip", "netns", "add", name]);
  await ip(name, ["link set lo up"]);
}

/** Deletes a namespace and, with it, every link that still ends in it. One that is not there is no error. */
export async function deleteNamespace(name: string): Promise<void> {
  if ((await rackNamespaces()).includes(name)) await run(["ip", "netns", "del", name]);
}

/** Names of the rack's namespaces that exist now. */
export async function rackNamespaces(): Promise<string[]> {
  return entriesOf("/run/netns");
}

/** Removes every namespace of the rack, and the files below /etc/netns that `ip netns exec` binds. */
export async function removeNamespaces(): Promise<void> {
  for (const name of await rackNamespaces()) await run(["ip", "netns", "del", name]);
  for (const file of await nameFiles()) await fs.rm(file, { recursive: true });
  // `ip` never makes or removes /etc/netns: it goes when the rack was its only user.
  await fs.rmdir(ETC_NETNS).catch(() => undefined);
}

/** Directories below /etc/netns that belong to the rack. */
export async function nameFiles(): Promise<string[]> {
  return (await entriesOf(ETC_NETNS)).map(name => path.join(ETC_NETNS, name));
}

/** Runs `ip` commands in a namespace, all by one process; the first that fails stops the rest. */
export async function ip(namespace: string, commands: readonly string[]): Promise<void> {
  await run(["ip", "-n", namespace, "-batch", "-"], { input: commands.join("\n") + "\n" });
}

/** The hosts file of a machine or a namespace: the served names are all the rack's own. */
export function hostsFile(ownNames: readonly string[] = []): string {
  const own = ownNames.length > 0 ? [`127.0.1.1 ${ownNames.join(" ")}`] : [];
  return [
    "127.0.0.1 localhost",
    ...own,
    "::1 localhost ip6-localhost ip6-loopback",
    `${SERVICES.address} ${SERVED_HOSTS.join(" ")}`,
    "",
  ].join("\n");
}

/**
 * The router's name server (name-server.ts) knows no name; a loopback address here would make CoreDNS forward to itself.
 */
export function resolvFile(gateway: string): string {
  return `nameserver ${gateway}\noptions timeout:1 attempts:1\n`;
}

async function makeRouter(): Promise<void> {
  // Before any link, which takes its settings from them: a redirect would tell a machine of the LAN to send to
  // another one by itself what the router knows better a moment later, when that one is dead.
  await run([
    "ip",
    "netns",
    "exec",
    NETNS.router,
    "sysctl",
    "-qw",
    "net.ipv4.conf.all.send_redirects=0",
    "net.ipv4.conf.default.send_redirects=0",
  ]);
  await ip(NETNS.router, [...SWITCHES.map(address => `addr add ${address}/32 dev lo`), ...lanWiring()]);
  // Flows, not packets, are spread over the paths to a VIP; asymmetric paths are normal in a rack. A switch
  // listens at a legacy machine's gateway also while that machine, and with it the address, is away.
  await run([
    "ip",
    "netns",
    "exec",
    NETNS.router,
    "sysctl",
    "-qw",
    "net.ipv4.ip_forward=1",
    "net.ipv4.fib_multipath_hash_policy=1",
    "net.ipv4.conf.all.rp_filter=0",
    "net.ipv4.conf.default.rp_filter=0",
    "net.ipv4.ip_nonlocal_bind=1",
  ]);
}

/** The bridge of the machines that exist. A given MAC stays: else it is that of some port, and changes with them. */
export const lanWiring = (): string[] => [
  `link add ${LAN.bridge} address ${LAN.mac} type bridge`,
  `addr add ${LAN.gateway}/${LAN.prefix} dev ${LAN.bridge}`,
  `link set ${LAN.bridge} up`,
];

async function attach(
  namespace: string,
  port: string,
  at: { address: string; gateway: string; prefix: number },
): Promise<void> {
  await ip(NETNS.router, [
    `link add ${port} type veth peer name eth0 netns ${namespace}`,
    `addr add ${at.gateway}/${at.prefix} dev ${port}`,
    `link set ${port} up`,
  ]);
  await ip(namespace, [
    `addr add ${at.address}/${at.prefix} dev eth0`,
    "link set eth0 up",
    `route add default via ${at.gateway}`,
  ]);
}

async function writeNameFiles(namespace: string, gateway: string): Promise<void> {
  const directory = path.join(ETC_NETNS, namespace);
  await fs.mkdir(directory, { recursive: true });
  await fs.writeFile(path.join(directory, "hosts"), hostsFile());
  await fs.writeFile(path.join(directory, "resolv.conf"), resolvFile(gateway));
}

async function entriesOf(directory: string): Promise<string[]> {
  const names = await fs.readdir(directory).catch(() => [] as string[]);
  return names.filter(name => name.startsWith(PREFIX)).sort();
}
