import * as fs from "node:fs";
import * as path from "node:path";
import { onMachine } from "../../../rack/cli/operator";
import { bareSession } from "../../../rack/daemon/client";
import type { Status } from "../../../rack/cli/status";
import { kindCases, type KindCase } from "../../scenarios/kinds";
import { haproxyCfg, keepalivedConf } from "./source-4";

/** A machine as the words of a peer need it. */
export interface PeerMachine {
  readonly address: string;
  readonly interface: string;
}

/** What is filled into a peer's words for one machine. */
export interface Peering {
  readonly vip: string;
  /** The whole control plane, in the order of the stack file. */
  readonly machines: readonly PeerMachine[];
  readonly own: PeerMachine;
}

/** Another way to hold the VIP, in its source's own words, on machines and behind switches that are the same as ours. */
export interface Peer {
  /** What `--kind` names. */
  readonly name: string;
  /** Document and version. */
  readonly source: string;
  /** The kind of ours on whose machines it is put. */
  readonly base: string;
  /** Its words know no MD5 password, so the switches are told to ask for none. */
  readonly openSessions?: true;
  /** A script of this folder, its arguments and its standard input. */
  readonly put: (peering: Peering) => {
    readonly script: string;
    readonly args: readonly string[];
    readonly input?: string;
  };
}

/** The newest release when the bench was made; all peers that are kube-vip run it. */
const KUBE_VIP = "ghcr.io/kube-vip/kube-vip:v1.2.2";
/** As in rack/stacks/rack-bgp.yaml. */
const [SWITCH_A, SWITCH_B, SWITCH_AS] = ["169.254.255.1", "169.254.255.2", 65530];

/** Every peer. One more is one entry, and its words in a folder of its own. */
export const PEERS: readonly Peer[] = [
  {
    name: "peer-kube-vip-bgp",
    source:
      "kube-vip's documentation, static pods with BGP (seeds/3), and Equinix Metal's guide (seeds/0), with both switches",
    base: "bgp",
    openSessions: true,
    put: ({ vip, own }) => ({
      script: "put-kube-vip.sh",
      args: [
        KUBE_VIP,
        ...["--interface", "lo", "--address", vip, "--controlplane", "--bgp", "--localAS", "65000"],
        ...["--bgpRouterID", own.address],
        ...["--bgppeers", `${SWITCH_A}:${SWITCH_AS}::true,${SWITCH_B}:${SWITCH_AS}::true`],
      ],
    }),
  },
  {
    name: "peer-kube-vip-arp",
    source: "kube-vip's documentation, static pods with ARP (seeds/3)",
    base: "arp",
    put: ({ vip, own }) => ({
      script: "put-kube-vip.sh",
      args: [
        KUBE_VIP,
        ...[
          "--interface",
          own.interface,
          "--address",
          vip,
          "--controlplane",
          "--services",
          "--arp",
          "--leaderElection",
        ],
      ],
    }),
  },
  {
    name: "peer-source-4",
    source: "keepalived and HAProxy on the control plane (seeds/4)",
    base: "haproxy",
    put: peering => ({
      script: "put-source-4.sh",
      args: [],
      input: `${keepalivedConf(peering)}-- haproxy.cfg --\n${haproxyCfg(peering)}`,
    }),
  },
];

/** The peer as a kind: on the stack of its base. */
export function peerKind({ name, base }: Peer): KindCase {
  const [kind] = kindCases(base);
  if (kind === undefined) throw new Error(`${name}: found no kind ${base}, expected one of bench/scenarios/kinds.ts`);
  return { ...kind, name };
}

/** Puts a peer onto the machines of a cluster of its base that is whole, one after the other. */
export async function putPeer(peer: Peer, now: Status): Promise<void> {
  const { controlPlane } = peerKind(peer);
  const vip = now.endpoint?.address ?? "";
  const machines = controlPlane.map(name => ({
    address: now.machines.find(machine => machine.name === name)?.address ?? "",
    interface: "eth0",
  }));
  if (peer.openSessions) for (const { address } of machines) await bareSession({ address, prefix: `${vip}/32` });
  for (const [i, name] of controlPlane.entries()) {
    const own = machines[i];
    if (own === undefined) continue;
    const { script, args, input } = peer.put({ vip, machines, own });
    const text = fs.readFileSync(path.join(__dirname, script), "utf8");
    const file = `/run/${script}`;
    await onMachine(name, [`cat >${file} && chmod 700 ${file}`], { input: text });
    await onMachine(name, ["bash", file, ...args], { input: input ?? "", timeoutSeconds: 120 });
  }
}
