import { z } from "zod";
import { IMAGE, imageProblem } from "./values/images";
import { isDnsName } from "./values/names";
import { MACHINE_SIZE, POD_SIZE, SERVICE_SIZE, rangeProblem, type SizeRule } from "./values/ranges";
import { checkedText, oneOf } from "./values/forms";

export const FLANNEL_BACKENDS = ["vxlan", "host-gw"] as const;
export type FlannelBackend = (typeof FLANNEL_BACKENDS)[number];

/**
 * Addresses inside the cluster. Ranges are IPv4, private (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10) and
 * must not overlap one another.
 *
 * Equinix Metal gives machines private addresses from 10.0.0.0/8, known only once the machines exist. The default pod
 * range lies in 10.0.0.0/8 too, so a pod range there is no error by itself. Set `machineCidr` to have an overlap found.
 */
export interface NetworkArgs {
  /**
   * Pod addresses. Each machine takes a /24 (kube-controller-manager's default), so /24 to /9
   * (10.0.0.0/8 as a whole would hold the machines' own addresses).
   * @default "10.244.0.0/16"
   */
  podCidr?: string;
  /**
   * Service addresses, /12 to /28 (kubeadm's limits).
   * @default "10.96.0.0/16"
   */
  serviceCidr?: string;
  /**
   * Where the machines' private addresses lie, if you know it; pods and services may not overlap it.
   * @default none: not checked
   * @example "10.70.0.0/16"
   */
  machineCidr?: string;
  /**
   * Domain of Services.
   * @default "cluster.local"
   */
  dnsDomain?: string;
  /**
   * flannel's way between machines: `vxlan` works over any network; `host-gw` needs every machine on one layer-2
   * network. It is refused on Equinix Metal, whose machines share none.
   * @default "vxlan"
   */
  backend?: FlannelBackend;
  /**
   * flannel's image with its version.
   * @default "ghcr.io/flannel-io/flannel:v0.26.7"
   */
  flannelImage?: string;
}

/** The complete form of {@link NetworkArgs}. */
export interface NetworkSpec {
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly machineCidr?: string;
  readonly dnsDomain: string;
  readonly backend: FlannelBackend;
  readonly flannelImage: string;
}

const range = (size: SizeRule): z.ZodEffects<z.ZodString, string, string> =>
  checkedText("an IPv4 range in quotes", value => rangeProblem(value, size));

const dnsName = checkedText("a DNS name", name =>
  isDnsName(name)
    ? undefined
    : `found ${JSON.stringify(name)}, expected a DNS name in lower case, such as "cluster.local"`,
);

export const networkSchema = z
  .object({
    podCidr: range(POD_SIZE).default("10.244.0.0/16"),
    serviceCidr: range(SERVICE_SIZE).default("10.96.0.0/16"),
    machineCidr: range(MACHINE_SIZE).optional(),
    dnsDomain: dnsName.default("cluster.local"),
    backend: oneOf(FLANNEL_BACKENDS).default("vxlan"),
    flannelImage: checkedText(IMAGE, image => imageProblem(image)).default("ghcr.io/flannel-io/flannel:v0.26.7"),
  })
  .strict()
  .default({});
