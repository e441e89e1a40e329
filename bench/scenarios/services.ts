import { kubectl, onMachine } from "../../rack/cli/operator";

/** What the rack's stacks have: the first and, by kubeadm's rule, the tenth address of the Services' range. */
const API_SERVICE = "10.96.0.1";
const DNS_SERVICE = "10.96.0.10";

/** Where kube-proxy tells of itself, on its own machine alone. */
const METRICS = "http://127.0.0.1:10249/metrics";
const FULL_SYNCS = "kubeproxy_sync_full_proxy_rules_duration_seconds_count";

/** How often the kube-proxy of a machine has read its maps back from the kernel and put them right. */
async function fullSyncs(machine: string): Promise<number> {
  const metrics = await onMachine(machine, [`curl -sf --noproxy '*' -m 5 ${METRICS}`]);
  const count = new RegExp(`^${FULL_SYNCS}\\{ip_family="IPv4"\\} (\\d+)$`, "m").exec(metrics)?.[1];
  if (count === undefined) throw new Error(`${METRICS} on ${machine}: found no ${FULL_SYNCS}, expected one for IPv4`);
  return Number(count);
}

/**
 * Makes the kube-proxy that runs on a machine do now what it does by itself every hour: a full sync, which compares what
 * nft lists with what it once wrote. Another zone of its node is a reason for it to do one. Returns when it is done.
 *
 * @param node the machine, and its Node
 * @throws Error when no full sync follows within 30 s
 */
export async function forceFullSync(node: string): Promise<void> {
  const before = await fullSyncs(node);
  await kubectl(["label", "node", node, "--overwrite", `topology.kubernetes.io/zone=z${Date.now()}`]);
  try {
    for (const deadline = Date.now() + 30_000; (await fullSyncs(node)) === before; ) {
      if (Date.now() > deadline) throw new Error(`${node}: waited 30 s for kube-proxy's full sync, found none`);
      await new Promise(tick => setTimeout(tick, 200));
    }
  } finally {
    await kubectl(["label", "node", node, "topology.kubernetes.io/zone-"]);
  }
}

/** What the API says of itself through its Service, as a client on a machine sees it. */
export const askService = (machine: string): Promise<string> =>
  onMachine(machine, [`curl -sk --noproxy '*' -m 5 https://${API_SERVICE}/livez || echo "curl ended with $?"`]);

export interface DnsAnswer {
  /** RFC 1035, 4.1.1: 0 no error, 3 there is no such name. */
  readonly rcode: number;
  readonly answers: number;
  readonly seconds: number;
}

/** Asks the cluster's DNS for the IPv4 address of a name, from a machine. @throws Error when nothing answers in 5 s */
export async function askDns(machine: string, name: string): Promise<DnsAnswer> {
  const query = [...dnsQuery(name)].map(byte => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
  const begin = Date.now();
  // Machines have no program for it, but bash opens UDP sockets. Its own printf would write a datagram for each line, and
  // a label of ten letters begins with a line end; dd writes all at once.
  const said = await onMachine(machine, [
    `bash -c 'exec 3<>/dev/udp/${DNS_SERVICE}/53; printf "${query}" | dd bs=512 iflag=fullblock status=none >&3; timeout 5 head -c 12 <&3 | od -An -v -tu1'`,
  ]);
  const header = said.trim().split(/\s+/).map(Number);
  if (header.length !== 12) throw new Error(`${machine}: asked ${DNS_SERVICE} for ${name}, found no answer in 5 s`);
  return { rcode: header[3]! & 0x0f, answers: header[6]! * 256 + header[7]!, seconds: (Date.now() - begin) / 1000 };
}

/** A query for an A record (RFC 1035, 4.1). Pure. */
export function dnsQuery(name: string): Buffer {
  const labels = name.split(".").flatMap(label => [Buffer.from([label.length]), Buffer.from(label)]);
  return Buffer.concat([
    Buffer.from([0x72, 0x70, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
    ...labels,
    Buffer.from([0, 0, 1, 0, 1]),
  ]);
}
