import { z } from "zod";
import {
  BGP_PEERS,
  USUAL_AS,
  asNumber,
  bgpPeers,
  peerListProblems,
  type BgpPeerArgs,
  type BgpPeerSpec,
} from "./bgp-peers";
import { addressProblem } from "../values/addresses";
import { INTERFACE } from "../values/linux-names";
import { IMAGE, imageProblem } from "../values/images";
import type { Kind } from "../values/kind";
import { API_PORT, portProblems, tcpPort } from "../values/ports";
import { problem, type Path, type Problem } from "../values/problems";
import { isRecord, judged, readSection, type Partly, type Reading } from "../values/section";
import { checkedText, oneOf, uuid, whole } from "../values/forms";
import { kubeVipTagProblem } from "../kubernetes/versions";
import { nodeLocalBalancer, type LocalBalancerArgs, type LocalBalancerSpec } from "./local-balancer";
import { SPEAKER_FIELDS, speakerProblems, type BfdArgs, type BfdSpec, type Speaker } from "./speaker";
import { vipAddress } from "./vip";

/** The VIP held on every machine's `lo` and announced over BGP, by kube-vip or by BIRD, while its API server answers. */
export interface KubeVipBgpArgs extends LocalBalancerArgs {
  /** @default "kube-vip-bgp" */
  kind?: "kube-vip-bgp";
  /**
   * The VIP. Machines over SSH need one.
   * @default the address of the block, on Equinix Metal
   */
  address?: string;
  /**
   * UUID of a `global_ipv4` block of one address in the same, existing project.
   * @default none: a block is reserved, and released with the stack
   */
  reservationId?: string;
  /**
   * The program that speaks BGP. `bird`: BIRD, of the distribution's packages, with BFD; a machine that lost power is out of
   * the path in less than a second (docs/bird.md). For machines that exist, and kept in a running cluster.
   * @default "kube-vip"
   */
  speaker?: Speaker;
  /**
   * BFD on BIRD's sessions; over UDP port 4784 where a neighbour is `multihop` (RFC 5883), else 3784 (RFC 5881). The
   * switches have to speak it, too: a machine whose sessions have none is not healthy.
   * @default { intervalSeconds: 0.25, multiplier: 3 }, with the speaker bird
   */
  bfd?: BfdArgs;
  /**
   * TCP port of the API at the VIP and on every machine, 1 to 65535.
   * @default 6443
   */
  port?: number;
  /**
   * The machines' BGP neighbours. `metadata`: those that Equinix Metal names in a machine's metadata. `metal-api`: the
   * same ones, but Pulumi asks the Metal API for them when it runs; the machines need no metadata for them and hold no
   * API key. A list: these; `machines.hosts[].peers` replaces the list for one machine.
   * @default "metadata" on Equinix Metal; machines over SSH need a list
   */
  peers?: "metadata" | "metal-api" | BgpPeerArgs[];
  /**
   * The machines' AS number, with a list of peers.
   * @default 65000
   */
  localAs?: number;
  /**
   * What sessions are made from: an interface, or, with one machine, an address.
   * @default each machine's own address
   */
  source?: { address?: string; interface?: string };
  /**
   * BGP hold time in seconds, 3 to 65535 (RFC 4271, 4.2): how long a switch goes on sending traffic to a machine that
   * lost power. The switches propose 90; the lower value wins.
   * @default 3
   */
  holdSeconds?: number;
  /**
   * BGP keepalive interval in whole seconds, 1 to a third of the hold time (RFC 4271, 4.4).
   * @default 1
   */
  keepaliveSeconds?: number;
  /**
   * Seconds between two probes of the machine's own API server, 1 to 60. A machine whose API server does not answer
   * stops announcing the VIP.
   * @default 1
   */
  probeSeconds?: number;
  /**
   * kube-vip's image with its version, v0.9.0 or newer.
   * @default "ghcr.io/kube-vip/kube-vip:v1.2.2", with the speaker kube-vip
   */
  image?: string;
}

/** The complete form of {@link KubeVipBgpArgs}. */
export interface KubeVipBgpSpec extends LocalBalancerSpec {
  readonly kind: "kube-vip-bgp";
  readonly address?: string;
  readonly reservationId?: string;
  readonly port: number;
  /** Absent: the neighbours in the metadata, or, over SSH, each machine's own. */
  readonly peers?: "metal-api" | readonly BgpPeerSpec[];
  /** Absent where it comes with the neighbours. */
  readonly localAs?: number;
  readonly source?: { readonly address: string } | { readonly interface: string };
  readonly holdSeconds: number;
  readonly keepaliveSeconds: number;
  readonly probeSeconds: number;
  readonly speaker: Speaker;
  /** BIRD's; absent: no BFD. */
  readonly bfd?: BfdSpec;
  /** kube-vip's. */
  readonly image?: string;
}

export const kubeVipImage = checkedText(IMAGE, image => imageProblem(image, kubeVipTagProblem)).default(
  "ghcr.io/kube-vip/kube-vip:v1.2.2",
);

const FIELDS = {
  kind: z.literal("kube-vip-bgp"),
  address: vipAddress.optional(),
  reservationId: uuid("a global_ipv4 block's id").optional(),
  port: tcpPort(API_PORT),
  localAs: asNumber.optional(),
  source: z
    .object({
      address: checkedText("an IPv4 address of the machine", addressProblem).optional(),
      interface: INTERFACE.optional(),
    })
    .strict()
    .optional(),
  holdSeconds: whole("whole seconds (RFC 4271: 3 or more)", 3, 65535).default(3),
  keepaliveSeconds: whole("whole seconds", 1, 21845).default(1),
  probeSeconds: whole("whole seconds", 1, 60).default(1),
  image: kubeVipImage,
  nodeLocalBalancer: nodeLocalBalancer(false),
  ...SPEAKER_FIELDS,
};
// With a union, zod would only say that neither form fits.
const worded = z.object({ ...FIELDS, peers: oneOf(["metadata", "metal-api"]).optional() }).strict();
const listing = z.object({ ...FIELDS, peers: bgpPeers(`metadata, metal-api or ${BGP_PEERS}`).optional() }).strict();

export type KubeVipBgpSection = z.output<typeof worded | typeof listing>;

export const kubeVipBgp: Kind<KubeVipBgpArgs, KubeVipBgpSpec, KubeVipBgpSection> = {
  example: {},
  read(raw, path) {
    const schema = isRecord(raw) && typeof raw.peers === "string" ? worded : listing;
    const reading: Reading<KubeVipBgpSection> = readSection<typeof worded | typeof listing>(schema, raw, path);
    const { partial } = reading;
    return judged(
      reading,
      [
        ...timerProblems(partial, path),
        ...speakerProblems(partial, reading.says, path),
        ...portProblems(partial.port, [...path, "port"]),
        ...peerListProblems(typeof partial.peers === "string" ? undefined : partial.peers, [...path, "peers"]),
        ...sourceProblems(reading, [...path, "source"]),
      ],
      complete,
    );
  },
};

function sourceProblems({ partial: { source }, says }: Reading<KubeVipBgpSection>, path: Path): Problem[] {
  const [address, name] = [says("source", "address"), says("source", "interface")];
  return source === undefined || address !== name
    ? []
    : [
        problem(
          path,
          `found ${address ? "both address and interface" : "neither address nor interface"}, expected one of the two`,
        ),
      ];
}

/** A keepalive that is too slow for the hold time. */
export function timerProblems(
  { holdSeconds, keepaliveSeconds }: Partly<Pick<KubeVipBgpSpec, "holdSeconds" | "keepaliveSeconds">>,
  path: Path,
): Problem[] {
  if (holdSeconds === undefined || keepaliveSeconds === undefined || keepaliveSeconds * 3 <= holdSeconds) return [];
  return [
    problem(
      [...path, "keepaliveSeconds"],
      `found ${keepaliveSeconds} with a hold time of ${holdSeconds}, expected at most a third of it, so that one lost keepalive ends no session; write ${Math.floor(holdSeconds / 3)} or raise holdSeconds`,
    ),
  ];
}

function complete({ peers, source, localAs, image, bfd, ...rest }: KubeVipBgpSection): KubeVipBgpSpec {
  const named =
    source?.interface !== undefined
      ? { interface: source.interface }
      : source?.address !== undefined
        ? { address: source.address }
        : undefined;
  return {
    ...rest,
    ...spoken({ ...rest, image, bfd }),
    ...(peers === undefined || peers === "metadata" ? {} : { peers }),
    ...(Array.isArray(peers) ? { localAs: localAs ?? USUAL_AS } : localAs === undefined ? {} : { localAs }),
    ...(named === undefined ? {} : { source: named }),
  };
}

const spoken = ({
  speaker,
  image,
  bfd: { enabled, ...timers },
}: Pick<KubeVipBgpSection, "speaker" | "image" | "bfd">): Pick<KubeVipBgpSpec, "image" | "bfd"> =>
  speaker === "kube-vip" ? { image } : enabled ? { bfd: timers } : {};
