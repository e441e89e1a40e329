import { run } from "../command";
import type { BareMachine, MachineRecord, RentedMachine } from "../host";
import { LAN, NETNS } from "../topology";
import { addNamespace, deleteNamespace, ip } from "./namespaces";
import { portOf } from "./port";

/** What `ip` is told to wire a machine. */
interface Wiring {
  readonly router: string[];
  /** In the machine's namespace. */
  readonly machine: string[];
}

/** Pure. */
export const wiring = (machine: MachineRecord, namespace: string): Wiring =>
  machine.network === "lan" ? bridged(machine, namespace) : routed(machine, namespace);

function bridged(machine: BareMachine, namespace: string): Wiring {
  const port = portOf(machine);
  return {
    router: [
      `link add ${port} type veth peer name eth0 address ${machine.mac} netns ${namespace}`,
      `link set ${port} master ${LAN.bridge} up`,
    ],
    machine: [
      `addr add ${machine.address}/${LAN.prefix} dev eth0`,
      "link set eth0 up",
      `route add default via ${LAN.gateway}`,
    ],
  };
}

function routed(machine: RentedMachine, namespace: string): Wiring {
  const port = portOf(machine);
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
 * Gives a machine its namespace and its cable to the router, addresses and routes set: its network is
 * configured statically, as in a Metal image, so it is there before anything in the machine runs.
 */
export async function plug(machine: MachineRecord, namespace: string): Promise<void> {
  await addNamespace(namespace);
  const commands = wiring(machine, namespace);
  await ip(NETNS.router, commands.router);
  await ip(namespace, commands.machine);
}

/** Removes the cable and the namespace; what held the VIP on its loopback goes with it. */
export async function unplug(machine: MachineRecord, namespace: string): Promise<void> {
  const port = portOf(machine);
  if (await hasPort(port)) await ip(NETNS.router, [`link del ${port}`]);
  await deleteNamespace(namespace);
}

/** Pulls the machine's cable at the switch: both ends lose their carrier at once. */
export async function cutLink(machine: MachineRecord): Promise<void> {
  const port = portOf(machine);
  if (await hasPort(port)) await ip(NETNS.router, [`link set ${port} down`]);
}

/** Puts the cable back. */
export async function mendLink(machine: MachineRecord): Promise<void> {
  const port = portOf(machine);
  if (await hasPort(port)) await ip(NETNS.router, [`link set ${port} up`]);
}

async function hasPort(port: string): Promise<boolean> {
  const { code } = await run(["ip", "-n", NETNS.router, "link", "show", "dev", port], { accept: "any" });
  return code === 0;
}
