import { output } from "../command";
import { balancer, bareMachine, bareSession } from "../daemon/client";
import { until } from "../network/until";
import { LAN } from "../topology";
import { inOps } from "./operator";
import type { StackFile, StackHost } from "./stack-file";
import { md5Of } from "./stack-secrets";

/** Seconds for a machine's sshd to answer after its boot; it takes two or three. */
const BOOT_SECONDS = 60;

/**
 * Makes the world that a stack of machines that exist finds: the machines, and switches or a balancer in other
 * hands that were told of them. All of it may be there already.
 *
 * @throws Error naming the machine whose sshd does not answer.
 */
export async function makeBareMachines(stack: string, file: StackFile, say: (line: string) => void): Promise<void> {
  const { hosts, endpoint } = file;
  const controlPlane = hosts.filter(({ role }) => role === "control-plane");
  const keys = await Promise.all(hosts.map(({ name, address }) => bareMachine({ name, address, system: file.system })));
  say(`${hosts.length} machines: ${hosts.map(({ name }) => name).join(", ")}`);
  const speakers = [...vipSpeakers(stack, file), ...serviceSpeakers(file)];
  if (speakers.length > 0) {
    await tellSwitches(stack, file, speakers);
    say(`the switches expect BGP sessions from ${speakers.length} machines`);
  }
  if (endpoint.kind === "external") {
    const { address = "", port, apiServerPort } = endpoint;
    await balancer({
      address,
      port,
      servers: controlPlane.map(host => ({ name: host.name, address: host.address, port: apiServerPort })),
    });
    say(`a balancer listens at ${address}:${port}`);
  }
  await Promise.all(hosts.map((host, i) => sshdAnswers(host, keys[i] as string)));
}

/** A machine that speaks BGP, and what it may announce. */
interface Speaker {
  readonly address: string;
  readonly prefix: string;
  /** Its sessions are watched by BFD. */
  readonly bfd?: boolean;
}

/** The control plane announces the VIP. */
function vipSpeakers(stack: string, { endpoint: { kind, address, bfd }, hosts }: StackFile): Speaker[] {
  if (kind !== "kube-vip-bgp") return [];
  if (address === undefined)
    throw new Error(`stack ${stack}: found no endpoint.address, expected the VIP that its machines announce`);
  return hosts
    .filter(({ role }) => role === "control-plane")
    .map(host => ({ address: host.address, prefix: `${address}/32`, ...(bfd ? { bfd } : {}) }));
}

/** Workers announce Services. The switches know one prefix for each of them. */
function serviceSpeakers({ services, hosts }: StackFile): Speaker[] {
  const [prefix] = services?.addresses ?? [];
  if (services?.kind !== "kube-vip-bgp" || prefix === undefined) return [];
  return hosts.filter(({ role }) => role === "worker").map(({ address }) => ({ address, prefix }));
}

async function tellSwitches(
  stack: string,
  { endpoint: { peers } }: StackFile,
  speakers: readonly Speaker[],
): Promise<void> {
  const md5 = md5Of(stack);
  // The gateway is the first switch's address in the LAN itself: a session with it takes no further hop.
  const direct = peers.includes(LAN.gateway);
  for (const speaker of speakers) await bareSession({ ...speaker, direct, ...(md5 === undefined ? {} : { md5 }) });
}

/** Whoever answers has to have the machine's key; asked from where `pulumi` runs. */
async function sshdAnswers({ name, address }: StackHost, hostKey: string): Promise<void> {
  let heard = "";
  const answers = async () => {
    heard = await output(["ip", ...inOps(["ssh-keyscan", "-T", "2", "-t", "ed25519", address])], {
      timeoutSeconds: 10,
    }).catch(String);
    return heard.includes(hostKey);
  };
  await until(`machine ${name} (${address}) to answer on port 22 with its host key`, answers, {
    seconds: BOOT_SECONDS,
    everyMs: 200,
    hint: () => `${heard || "nobody answers"}\nis it on? see ./rackplane status; ./rackplane heal power-off ${name}`,
  });
}
