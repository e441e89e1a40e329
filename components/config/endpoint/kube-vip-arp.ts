import { z } from "zod";
import { INTERFACE } from "../values/linux-names";
import type { Kind } from "../values/kind";
import { kubeVipImage } from "./kube-vip-bgp";
import { API_PORT, portProblems, tcpPort } from "../values/ports";
import { problem, type Path, type Problem } from "../values/problems";
import { judged, readSection, type Partly } from "../values/section";
import { whole } from "../values/forms";
import { nodeLocalBalancer, type LocalBalancerArgs, type LocalBalancerSpec } from "./local-balancer";
import { VIP_PREFIX, vipAddress } from "./vip";

/**
 * The VIP held by one machine at a time, elected by a lease in the cluster, and made known by gratuitous ARP. Needs
 * all control-plane machines in one layer-2 network.
 */
export interface KubeVipArpArgs extends LocalBalancerArgs {
  kind: "kube-vip-arp";
  /** The VIP, a free address of the machines' subnet. */
  address: string;
  /**
   * Prefix length of that subnet, so that a VIP outside it is found.
   * @default that of `network.machineCidr`, else 24
   */
  prefix?: number;
  /**
   * TCP port of the API at the VIP and on every machine.
   * @default 6443
   */
  port?: number;
  /**
   * Interface that carries the VIP.
   * @default the one that has the machine's address
   */
  interface?: string;
  /**
   * Seconds after which another machine takes a silent leader's place, 2 to 300.
   * @default 5
   */
  leaseSeconds?: number;
  /**
   * Seconds within which a leader must renew its lease or give way; below `leaseSeconds`. With timers shorter than the
   * defaults, leaders were seen to lose the leadership without a fault.
   * @default 3
   */
  renewSeconds?: number;
  /**
   * Seconds between two tries to renew; `renewSeconds` must be more than 1.2 times this.
   * @default 1
   */
  retrySeconds?: number;
  /**
   * Seconds between two probes of the machine's own API server, 1 to 60.
   * @default 1
   */
  probeSeconds?: number;
  /**
   * kube-vip's image with its version, v0.9.0 or newer.
   * @default "ghcr.io/kube-vip/kube-vip:v1.2.2"
   */
  image?: string;
}

/** The complete form of {@link KubeVipArpArgs}. */
export interface KubeVipArpSpec extends LocalBalancerSpec {
  readonly kind: "kube-vip-arp";
  readonly address: string;
  readonly prefix?: number;
  readonly port: number;
  readonly interface?: string;
  readonly leaseSeconds: number;
  readonly renewSeconds: number;
  readonly retrySeconds: number;
  readonly probeSeconds: number;
  readonly image: string;
}

/**
 * client-go's leaderelection.JitterFactor: client-go refuses a renew deadline that is not above this many retry
 * periods.
 */
const JITTER = 1.2;

const schema = z
  .object({
    kind: z.literal("kube-vip-arp"),
    address: vipAddress,
    prefix: VIP_PREFIX.optional(),
    port: tcpPort(API_PORT),
    interface: INTERFACE.optional(),
    leaseSeconds: whole("whole seconds", 2, 300).default(5),
    renewSeconds: whole("whole seconds", 1, 299).default(3),
    retrySeconds: whole("whole seconds", 1, 240).default(1),
    probeSeconds: whole("whole seconds", 1, 60).default(1),
    image: kubeVipImage,
    nodeLocalBalancer: nodeLocalBalancer(true),
  })
  .strict();

type Section = z.output<typeof schema>;

export const kubeVipArp: Kind<KubeVipArpArgs, KubeVipArpSpec, Section> = {
  example: { kind: "kube-vip-arp", address: "10.0.0.10" },
  read(raw, path) {
    const reading = readSection(schema, raw, path);
    const { partial } = reading;
    return judged(
      reading,
      [...leaseProblems(partial, path), ...portProblems(partial.port, [...path, "port"])],
      section => section,
    );
  },
};

/** Times that client-go refuses, or with which two machines would hold one address. */
export function leaseProblems(
  {
    leaseSeconds,
    renewSeconds,
    retrySeconds,
  }: Partly<Pick<KubeVipArpSpec, "leaseSeconds" | "renewSeconds" | "retrySeconds">>,
  path: Path,
): Problem[] {
  const problems: Problem[] = [];
  if (leaseSeconds !== undefined && renewSeconds !== undefined && renewSeconds >= leaseSeconds) {
    problems.push(
      problem(
        [...path, "renewSeconds"],
        `found ${renewSeconds} with a lease of ${leaseSeconds}, expected less than the lease, or another machine takes over while the leader still holds the VIP`,
      ),
    );
  }
  if (renewSeconds !== undefined && retrySeconds !== undefined && renewSeconds <= retrySeconds * JITTER) {
    problems.push(
      problem(
        [...path, "retrySeconds"],
        `found ${retrySeconds} with ${renewSeconds} s to renew, expected renewSeconds above ${JITTER} times that; kube-vip would not start`,
      ),
    );
  }
  return problems;
}
