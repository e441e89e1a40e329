import type { MachineRecord } from "../host";
import { NETNS } from "../topology";
import { run } from "./command";
import { addNamespace, deleteNamespace, ip } from "./namespaces";

/** The router's end of a machine's cable. */
export const portOf = (index: number) => `m${index}`;

/** What `ip` is told, in the router and in the machine's namespace, to wire a machine: pure. */
export function wiring(machine: MachineRecord, namespace: string): { router: string[]; machine: string[] } {
  const port = portOf(machine.index);
  return {
    router: [
      `link add ${port} type veth peer name eth0 address ${machine.mac} netns ${namespace}`,
      `addr add ${machine.privateGateway}/31 dev ${port}`,
      `addr add ${machine.publicGateway}/31 dev ${port}`,
      `link set ${port} up`,
    ],
    machine: [
      // The public address comes first: it is the source of what leaves by the default route.
      `addr add ${machine.publicAddress}/31 dev eth0`,
      `addr add ${machine.privateAddress}/31 dev eth0`,
      "link set eth0 up",
      `route add default via ${machine.publicGateway}`,
      `route add 10.0.0.0/8 via ${machine.privateGateway} src ${machine.privateAddress}`,
    ],
  };
}

/**
 * Gives a machine its namespace and its cable to the router, addresses and routes set: a Metal image
 * carries its network statically, so it is there before anything in the machine runs.
 */
export async function plug(machine: MachineRecord, namespace: string): Promise<void> {
  await addNamespace(namespace);
  const commands = wiring(machine, namespace);
  await ip(NETNS.router, commands.router);
  await ip(namespace, commands.machine);
}

/** Removes the cable and the namespace; what held the VIP on its loopback goes with it. */
export async function unplug(machine: MachineRecord, namespace: string): Promise<void> {
  const port = portOf(machine.index);
  if (await hasPort(port)) await ip(NETNS.router, [`link del ${port}`]);
  await deleteNamespace(namespace);
}

/** Pulls the machine's cable at the switch: both ends lose their carrier at once. */
export async function cutLink(index: number): Promise<void> {
  if (await hasPort(portOf(index))) await ip(NETNS.router, [`link set ${portOf(index)} down`]);
}

/** Puts the cable back. */
export async function mendLink(index: number): Promise<void> {
  if (await hasPort(portOf(index))) await ip(NETNS.router, [`link set ${portOf(index)} up`]);
}

async function hasPort(port: string): Promise<boolean> {
  const { code } = await run(["ip", "-n", NETNS.router, "link", "show", "dev", port], { accept: "any" });
  return code === 0;
}
