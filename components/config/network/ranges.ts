import type { z } from "zod";
import { checkedText } from "../values/forms";
import { isDnsName } from "../values/names";
import { MACHINE_SIZE, POD_SIZE, SERVICE_SIZE, rangeProblem, type SizeRule } from "../values/ranges";

/**
 * Addresses inside the cluster, whatever connects its pods. Ranges are IPv4, private (10.0.0.0/8, 172.16.0.0/12,
 * 192.168.0.0/16, 100.64.0.0/10) and must not overlap one another.
 *
 * Equinix Metal gives machines private addresses from 10.0.0.0/8, known only once the machines exist. The default pod
 * range lies in 10.0.0.0/8 too, so a pod range there is no error by itself. Set `machineCidr` to have an overlap found.
 */
export interface NetworkRangesArgs {
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
}

/** The complete form of {@link NetworkRangesArgs}. */
export interface NetworkRangesSpec {
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly machineCidr?: string;
  readonly dnsDomain: string;
}

const range = (size: SizeRule): z.ZodEffects<z.ZodString, string, string> =>
  checkedText("an IPv4 range in quotes", value => rangeProblem(value, size));

const dnsName = checkedText("a DNS name", name =>
  isDnsName(name)
    ? undefined
    : `found ${JSON.stringify(name)}, expected a DNS name in lower case, such as "cluster.local"`,
);

/** The fields of every kind of pod network. */
export const RANGE_FIELDS = {
  podCidr: range(POD_SIZE).default("10.244.0.0/16"),
  serviceCidr: range(SERVICE_SIZE).default("10.96.0.0/16"),
  machineCidr: range(MACHINE_SIZE).optional(),
  dnsDomain: dnsName.default("cluster.local"),
};
