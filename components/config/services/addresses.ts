import { ADDRESS_POOL, parsePool, poolProblem } from "../values/address-pools";
import { checkedText, list } from "../values/forms";
import { IMAGE, imageProblem } from "../values/images";
import { problem, type Path, type Problem } from "../values/problems";
import { overlap } from "../values/ranges";
import type { Partly } from "../values/section";

/** Where the addresses of Services of type LoadBalancer come from. */
export interface ServiceAddressesArgs {
  /**
   * Ranges of IPv4 addresses that belong to nothing else, as `a.b.c.d/n` or as first and last address. kube-vip's cloud
   * provider gives each Service the first one that is free. A Service may name its address itself instead, in the
   * annotation `kube-vip.io/loadbalancerIPs`; kube-vip 1.2.2 may not announce one that stands in `spec.loadBalancerIP` alone.
   * @default none: every Service names its own; one that does not holds kube-vip up for half a minute
   * @example ["203.0.113.64/28", "203.0.113.100-203.0.113.120"]
   */
  addresses?: string[];
  /**
   * The image of kube-vip's cloud provider with its version.
   * @default "ghcr.io/kube-vip/kube-vip-cloud-provider:v0.0.12"
   */
  cloudProviderImage?: string;
}

/** The complete form of {@link ServiceAddressesArgs}. */
export interface ServiceAddressesSpec {
  /** Empty: no address is given to Services that name none. */
  readonly addresses: readonly string[];
  readonly cloudProviderImage: string;
}

/** The image of kube-vip's cloud provider where the configuration names none. */
export const CLOUD_PROVIDER_IMAGE = "ghcr.io/kube-vip/kube-vip-cloud-provider:v0.0.12";

export const ADDRESS_FIELDS = {
  addresses: list(
    `a list of ranges of addresses, such as [${ADDRESS_POOL.replace(" or ", ", ")}]`,
    checkedText("a range of IPv4 addresses in quotes", poolProblem),
  ).optional(),
  cloudProviderImage: checkedText(IMAGE, image => imageProblem(image)).default(CLOUD_PROVIDER_IMAGE),
};

/** An empty list, and ranges that share an address. */
export function addressListProblems(addresses: Partly<readonly string[]> | undefined, path: Path): Problem[] {
  if (addresses?.length === 0)
    return [problem(path, "found an empty list, expected one range or more; leave it out to give no addresses")];
  const pools = (addresses ?? []).map(text => ({ text, pool: parsePool(text ?? "") }));
  return pools.flatMap(({ text, pool }, i) => {
    const first = pools.findIndex(other => pool !== undefined && other.pool !== undefined && overlap(pool, other.pool));
    return pool === undefined || first === i
      ? []
      : [
          problem(
            [...path, i],
            `found ${JSON.stringify(text)}, which shares addresses with [${first}]; expected each address once`,
          ),
        ];
  });
}
