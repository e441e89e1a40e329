/** The VIP held on every machine's `lo` by kube-vip and announced over BGP while its API server answers. */
export interface KubeVipBgpArgs {
  /** @default "kube-vip-bgp" */
  kind?: "kube-vip-bgp";
  /**
   * UUID of a `global_ipv4` block of one address in the same, existing project.
   * @default none: a block is reserved, and released with the stack
   */
  reservationId?: string;
  /**
   * TCP port of the API at the VIP and on every machine, 1 to 65535.
   * @default 6443
   */
  port?: number;
  /**
   * BGP hold time in seconds, 3 to 65535 (RFC 4271, 4.2): how long a switch goes on sending traffic to a machine
   * that lost power. The switches propose 90; the lower side wins.
   * @default 3
   */
  holdSeconds?: number;
  /**
   * BGP keepalive interval in whole seconds, 1 to a third of the hold time (RFC 4271, 4.4).
   * @default 1
   */
  keepaliveSeconds?: number;
  /**
   * Seconds between two probes of the machine's own API server, 1 to 60. A machine that does not answer stops
   * announcing the VIP.
   * @default 1
   */
  probeSeconds?: number;
  /**
   * kube-vip's image with its version, v0.9.0 or newer.
   * @default "ghcr.io/kube-vip/kube-vip:v0.9.1"
   */
  image?: string;
}

/** The complete form of {@link KubeVipBgpArgs}. */
export interface KubeVipBgpSpec {
  readonly kind: "kube-vip-bgp";
  readonly reservationId?: string;
  readonly port: number;
  readonly holdSeconds: number;
  readonly keepaliveSeconds: number;
  readonly probeSeconds: number;
  readonly image: string;
}
