import { z } from "zod";
import {
  BGP_PEERS,
  USUAL_AS,
  asNumber,
  bgpPeers,
  peerListProblems,
  type BgpPeerArgs,
  type BgpPeerSpec,
} from "../endpoint/bgp-peers";
import { timerProblems } from "../endpoint/kube-vip-bgp";
import { expecting, oneOf, text, whole } from "../values/forms";
import type { Kind } from "../values/kind";
import { problem, type Path, type Problem } from "../values/problems";
import { isRecord, judged, readSection, type Reading } from "../values/section";
import { ADDRESS_FIELDS, addressListProblems, type ServiceAddressesArgs, type ServiceAddressesSpec } from "./addresses";
import { servicesImage } from "./image";

/**
 * Services' addresses announced over BGP by every worker while a Service has a pod that is ready; the switches share the
 * load. With an endpoint that announces no VIP over BGP and without workers, control-plane machines announce.
 */
export interface KubeVipBgpServicesArgs extends ServiceAddressesArgs {
  kind: "kube-vip-bgp";
  /**
   * The BGP neighbours of the machines that announce. `workers[].machines.hosts[].peers` replaces the list for one
   * machine. `annotations`: those that a cloud controller writes at each Node (`metal.equinix.com/bgp-peers-0-peer-ip`
   * and its like, or the older form without `bgp-peers-0-`); kube-vip waits until they are there.
   * @default the list in `endpoint.peers`
   */
  peers?: "annotations" | BgpPeerArgs[];
  /**
   * A `public_ipv4` block of Equinix Metal, reserved with the stack and released with it, whose addresses Services get
   * besides those of `addresses`. The switches of its metro alone take it from the workers there.
   * @default none
   * @example { quantity: 4, metro: "da" }
   */
  reserve?: PublicBlockArgs;
  /**
   * The AS number of the machines that announce.
   * @default `endpoint.localAs`, else 65000
   */
  localAs?: number;
  /**
   * BGP hold time in seconds, 3 to 65535 (RFC 4271, 4.2): how long a switch goes on sending traffic to a machine that
   * lost power. The lower value of the two sides wins.
   * @default 3
   */
  holdSeconds?: number;
  /**
   * BGP keepalive interval in whole seconds, 1 to a third of the hold time (RFC 4271, 4.4).
   * @default 1
   */
  keepaliveSeconds?: number;
  /**
   * kube-vip's image with its version, v1.0.1 or newer.
   * @default "ghcr.io/kube-vip/kube-vip:v1.2.2"
   */
  image?: string;
}

/** A block of public addresses. */
export interface PublicBlockArgs {
  /** Number of addresses: 1, 2, 4 or 8. */
  quantity: number;
  /** The metro code, two letters. */
  metro: string;
}

/** The complete form of {@link KubeVipBgpServicesArgs}. */
export interface KubeVipBgpServicesSpec extends ServiceAddressesSpec {
  readonly kind: "kube-vip-bgp";
  /** Empty when every machine that announces has a list of its own. */
  readonly peers: "annotations" | readonly BgpPeerSpec[];
  readonly localAs: number;
  /** The metro is in lower case. */
  readonly reserve?: PublicBlockArgs;
  readonly holdSeconds: number;
  readonly keepaliveSeconds: number;
  readonly image: string;
}

const QUANTITY = "a number of addresses, 1, 2, 4 or 8";
const quantity = z.number(expecting(QUANTITY)).superRefine((number, context) => {
  if (![1, 2, 4, 8].includes(number))
    context.addIssue({ code: "custom", message: `found ${number}, expected ${QUANTITY}` });
});
const metro = text('a metro code, such as "da"', /^[a-z]{2}$/i);

const FIELDS = {
  kind: z.literal("kube-vip-bgp"),
  localAs: asNumber.optional(),
  reserve: z.object({ quantity, metro }).strict().optional(),
  holdSeconds: whole("whole seconds (RFC 4271: 3 or more)", 3, 65535).default(3),
  keepaliveSeconds: whole("whole seconds", 1, 21845).default(1),
  image: servicesImage,
  ...ADDRESS_FIELDS,
};
// With a union, zod would only say that neither form fits.
const worded = z.object({ ...FIELDS, peers: oneOf(["annotations"]).optional() }).strict();
const listing = z.object({ ...FIELDS, peers: bgpPeers(`annotations or ${BGP_PEERS}`).optional() }).strict();

export type KubeVipBgpServicesSection = z.output<typeof worded | typeof listing>;

export const kubeVipBgp: Kind<KubeVipBgpServicesArgs, KubeVipBgpServicesSpec, KubeVipBgpServicesSection> = {
  example: { kind: "kube-vip-bgp", addresses: ["203.0.113.64/28"] },
  read(raw, path) {
    const schema = isRecord(raw) && typeof raw.peers === "string" ? worded : listing;
    const reading: Reading<KubeVipBgpServicesSection> = readSection<typeof worded | typeof listing>(schema, raw, path);
    const { partial } = reading;
    return judged(
      reading,
      [
        ...timerProblems(partial, path),
        ...peerListProblems(typeof partial.peers === "string" ? undefined : partial.peers, [...path, "peers"]),
        ...annotatedProblems(reading, path),
        ...addressListProblems(partial.addresses, [...path, "addresses"]),
      ],
      ({ peers = [], localAs = USUAL_AS, addresses = [], reserve, ...rest }) => ({
        ...rest,
        peers,
        localAs,
        addresses,
        // As the API writes it: the provider would replace a block whose metro is in upper case.
        ...(reserve === undefined ? {} : { reserve: { ...reserve, metro: reserve.metro.toLowerCase() } }),
      }),
    );
  },
};

function annotatedProblems({ partial: { peers, localAs } }: Reading<KubeVipBgpServicesSection>, path: Path): Problem[] {
  return typeof peers !== "string" || localAs === undefined
    ? []
    : [problem([...path, "localAs"], `found ${localAs} with peers from annotations, expected none; those tell it`)];
}
