import type { BgpPeerSpec } from "../endpoint/bgp-peers";
import type { EndpointSpec } from "../endpoint/endpoint-kinds";
import { switchesOf } from "../machines/equinix-metal";
import type { MachinesSpec } from "../machines/machine-kinds";
import { readOptionalKind, rowsWith, type ArgsOf, type SectionOf, type SpecOf } from "../values/kind";
import type { Partly, Reading } from "../values/section";
import { kubeVipArp } from "./kube-vip-arp";
import { kubeVipBgp, type KubeVipBgpServicesSection } from "./kube-vip-bgp";

/** What the rules of configuration ask of a way to announce Services; they never ask for its name. */
export interface ServiceCapabilities {
  /** Machines announce addresses to BGP neighbours; else addresses move by ARP, in one layer-2 network. */
  readonly speaksBgp: boolean;
}

const row = rowsWith<ServiceCapabilities>();

/** How the addresses of Services of type LoadBalancer are announced: `services.kind`. */
export const SERVICE_KINDS = {
  "kube-vip-bgp": row(kubeVipBgp, { speaksBgp: true }),
  "kube-vip-arp": row(kubeVipArp, { speaksBgp: false }),
} as const;

export type ServicesArgs = ArgsOf<typeof SERVICE_KINDS>;
export type ServicesSpec = SpecOf<typeof SERVICE_KINDS>;
export type ServicesSection = SectionOf<typeof SERVICE_KINDS>;
export type ServicesReading = Reading<ServicesSpec, ServicesSection>;

/** Undefined when the configuration asks for none. */
export const readServices = (raw: unknown): ServicesReading | undefined =>
  readOptionalKind<ServicesSpec, ServicesSection>(SERVICE_KINDS, raw, ["services"]);

/** What the way to announce is capable of; undefined when there is none, or its kind does not exist. */
export const serviceCapabilities = (services: ServicesReading | undefined): ServiceCapabilities | undefined =>
  services?.partial.kind === undefined ? undefined : SERVICE_KINDS[services.partial.kind];

/**
 * Whether rented machines have BGP sessions of this program's, and routes to their neighbours, for Services. With neighbours
 * from annotations a cloud controller of somebody else's makes them; the one of `cloudProvider` takes those that are there.
 */
export const announceServices = ({
  services,
  cloudProvider,
}: {
  readonly services?: ServicesSpec;
  readonly cloudProvider?: object;
}): boolean =>
  services !== undefined && "peers" in services && (services.peers !== "annotations" || cloudProvider !== undefined);

/** The fields of a way that speaks BGP; undefined for any other. */
export const bgpServices = (services: ServicesReading | undefined): Partly<KubeVipBgpServicesSection> | undefined =>
  serviceCapabilities(services)?.speaksBgp === true
    ? // One kind alone speaks BGP; the table says which.
      (services?.partial as Partly<KubeVipBgpServicesSection>)
    : undefined;

/** The neighbours that Services' announcements share with the VIP's when they name none of their own. */
const sharedPeers = (endpoint: EndpointSpec): readonly BgpPeerSpec[] =>
  "peers" in endpoint && Array.isArray(endpoint.peers) ? (endpoint.peers as readonly BgpPeerSpec[]) : [];

/** The spec with what it takes over from the endpoint, or from where the machines are rented. */
export function completeServices(
  reading: ServicesReading,
  { endpoint, machines }: { readonly endpoint: EndpointSpec; readonly machines: MachinesSpec },
): ServicesSpec | undefined {
  const { value, says } = reading;
  if (value === undefined || !("peers" in value) || value.peers === "annotations") return value;
  const localAs = "localAs" in endpoint && !says("localAs") ? endpoint.localAs : undefined;
  const shared = sharedPeers(endpoint);
  const peers = shared.length === 0 && "project" in machines ? switchesOf(machines) : shared;
  return { ...value, ...(says("peers") ? {} : { peers }), ...(localAs === undefined ? {} : { localAs }) };
}
