import { z } from "zod";
import { flag } from "../values/forms";

/** How workers reach the endpoint, in every kind. */
export interface LocalBalancerArgs {
  /**
   * A balancer (HAProxy) of its own on every worker, which leads to every control-plane machine and follows them as they
   * come and go. What a worker's own programs send to the endpoint (kubelet, kube-proxy, pods on the host's network) goes
   * there, and another machine's API server answers at once where the VIP would need seconds to move.
   * @default true where a fail-over takes seconds (kube-vip-arp, keepalived, balancers); false elsewhere
   */
  nodeLocalBalancer?: boolean;
}

/** The complete form of {@link LocalBalancerArgs}. */
export interface LocalBalancerSpec {
  readonly nodeLocalBalancer: boolean;
}

/** Its field in a kind's schema, with that kind's default. */
export const nodeLocalBalancer = (byDefault: boolean): z.ZodDefault<z.ZodBoolean> => flag().default(byDefault);
