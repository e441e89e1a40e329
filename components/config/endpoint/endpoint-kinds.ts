import type { ArgsOf, Kind, SectionOf, SpecOf } from "../values/kind";
import type { Partly, Reading } from "../values/section";
import { listed } from "../values/suggest";
import { balancers } from "./balancers";
import { external } from "./external";
import { keepalived } from "./keepalived";
import { kubeVipArp } from "./kube-vip-arp";
import { kubeVipBgp, type KubeVipBgpSection } from "./kube-vip-bgp";

/** What the rules of configuration ask of a kind of endpoint; they never ask for its name. */
export interface EndpointCapabilities {
  /** Control-plane machines announce the VIP to BGP neighbours. */
  readonly speaksBgp: boolean;
  /** The machines among which the VIP moves by ARP, so that it lies in their subnet. Absent: ARP does not move it. */
  readonly movesAmong?: "control-plane" | "balancer";
  /** What does not work when the machines among which the VIP moves share no layer-2 network. */
  readonly apart?: string;
  /** The address may be a machine's own, as long as that machine is the only one. */
  readonly mayBeMachine: boolean;
}

const row = <Args, Spec, Section>(
  kind: Kind<Args, Spec, Section>,
  capabilities: Partial<EndpointCapabilities>,
): Kind<Args, Spec, Section> & EndpointCapabilities => ({
  ...kind,
  speaksBgp: false,
  mayBeMachine: false,
  ...capabilities,
});

/** How the VIP is held: `endpoint.kind`. */
export const ENDPOINT_KINDS = {
  "kube-vip-bgp": row(kubeVipBgp, { speaksBgp: true }),
  "kube-vip-arp": row(kubeVipArp, { movesAmong: "control-plane", apart: "no ARP reaches the others" }),
  keepalived: row(keepalived, { movesAmong: "control-plane", apart: "a VRRP address reaches none of the others" }),
  balancers: row(balancers, { movesAmong: "balancer" }),
  external: row(external, { mayBeMachine: true }),
} as const;

/** The kind of an endpoint whose configuration names none. */
export const DEFAULT_ENDPOINT_KIND = "kube-vip-bgp" satisfies keyof typeof ENDPOINT_KINDS;

/** The kinds that speak BGP, as messages name them: the ones to take where no other kind reaches every machine. */
export const BGP_KINDS = listed(
  Object.entries<EndpointCapabilities>(ENDPOINT_KINDS).flatMap(([name, { speaksBgp }]) => (speaksBgp ? [name] : [])),
);

export type EndpointArgs = ArgsOf<typeof ENDPOINT_KINDS>;
export type EndpointSpec = SpecOf<typeof ENDPOINT_KINDS>;
export type EndpointSection = SectionOf<typeof ENDPOINT_KINDS>;
export type EndpointReading = Reading<EndpointSpec, EndpointSection>;

/** What an endpoint is capable of; undefined when its kind does not exist. */
export const endpointCapabilities = ({ partial }: EndpointReading): EndpointCapabilities | undefined =>
  partial.kind === undefined ? undefined : ENDPOINT_KINDS[partial.kind];

/** The fields of an endpoint that speaks BGP; undefined for any other. */
export const bgpFields = (endpoint: EndpointReading): Partly<KubeVipBgpSection> | undefined =>
  endpointCapabilities(endpoint)?.speaksBgp === true
    ? // One kind alone speaks BGP; the table says which.
      (endpoint.partial as Partly<KubeVipBgpSection>)
    : undefined;
