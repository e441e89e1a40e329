import { z } from "zod";
import { leaseProblems } from "../endpoint/kube-vip-arp";
import { oneOf, whole } from "../values/forms";
import type { Kind } from "../values/kind";
import { INTERFACE } from "../values/linux-names";
import { judged, readSection } from "../values/section";
import { ADDRESS_FIELDS, addressListProblems, type ServiceAddressesArgs, type ServiceAddressesSpec } from "./addresses";
import { servicesImage } from "./image";

export const ELECTIONS = ["per-service", "one"] as const;
export type Election = (typeof ELECTIONS)[number];

/**
 * Each Service's address held by one elected worker at a time and made known by gratuitous ARP; the workers have to
 * share a layer-2 network. Without workers, control-plane machines hold it.
 */
export interface KubeVipArpServicesArgs extends ServiceAddressesArgs {
  kind: "kube-vip-arp";
  /**
   * `per-service`: each Service has an election of its own, so that Services spread over the machines, and only those
   * with a pod of a Service with `externalTrafficPolicy: Local` hold its address. Each machine asks the API for each of
   * these leases every `retrySeconds`. `one`: one machine holds every address.
   * @default "per-service"
   */
  election?: Election;
  /**
   * Interface that carries the addresses, the same on every machine.
   * @default that of the default route
   */
  interface?: string;
  /**
   * Seconds after which another machine takes a silent holder's place, 2 to 300.
   * @default 5
   */
  leaseSeconds?: number;
  /**
   * Seconds within which a holder must renew its lease or give way; below `leaseSeconds`.
   * @default 3
   */
  renewSeconds?: number;
  /**
   * Seconds between two tries; `renewSeconds` must be more than 1.2 times this.
   * @default 1
   */
  retrySeconds?: number;
  /**
   * kube-vip's image with its version, v1.0.1 or newer.
   * @default "ghcr.io/kube-vip/kube-vip:v1.2.2"
   */
  image?: string;
}

/** The complete form of {@link KubeVipArpServicesArgs}. */
export interface KubeVipArpServicesSpec extends ServiceAddressesSpec {
  readonly kind: "kube-vip-arp";
  readonly election: Election;
  readonly interface?: string;
  readonly leaseSeconds: number;
  readonly renewSeconds: number;
  readonly retrySeconds: number;
  readonly image: string;
}

const schema = z
  .object({
    kind: z.literal("kube-vip-arp"),
    election: oneOf(ELECTIONS).default("per-service"),
    interface: INTERFACE.optional(),
    leaseSeconds: whole("whole seconds", 2, 300).default(5),
    renewSeconds: whole("whole seconds", 1, 299).default(3),
    retrySeconds: whole("whole seconds", 1, 240).default(1),
    image: servicesImage,
    ...ADDRESS_FIELDS,
  })
  .strict();

export type KubeVipArpServicesSection = z.output<typeof schema>;

export const kubeVipArp: Kind<KubeVipArpServicesArgs, KubeVipArpServicesSpec, KubeVipArpServicesSection> = {
  example: { kind: "kube-vip-arp", addresses: ["10.0.0.200-10.0.0.220"] },
  read(raw, path) {
    const reading = readSection(schema, raw, path);
    return judged(
      reading,
      [
        ...leaseProblems(reading.partial, path),
        ...addressListProblems(reading.partial.addresses, [...path, "addresses"]),
      ],
      ({ addresses = [], ...rest }) => ({ ...rest, addresses }),
    );
  },
};
