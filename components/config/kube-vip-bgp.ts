import { z } from "zod";
import { adoptsProject } from "./equinix-metal";
import { IMAGE, imageProblem } from "./images";
import type { Kind } from "./kind";
import { problem, type Path, type Problem } from "./problems";
import { readSection, type Partly } from "./section";
import { checkedText, uuid, whole } from "./values";
import { kubeVipTagProblem } from "./versions";

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

/** What else listens on a control-plane machine (kubernetes.io, "Ports and Protocols"). */
const TAKEN_PORTS: Readonly<Record<number, string>> = {
  22: "sshd", 2112: "kube-vip", 2379: "etcd", 2380: "etcd", 2381: "etcd", 10248: "the kubelet", 10249: "kube-proxy",
  10250: "the kubelet", 10256: "kube-proxy", 10257: "kube-controller-manager", 10259: "kube-scheduler",
};
/** kube-apiserver's default `--service-node-port-range`. */
const NODE_PORTS = { first: 30000, last: 32767 };

const schema = z.object({
  kind: z.literal("kube-vip-bgp").default("kube-vip-bgp"),
  reservationId: uuid("a global_ipv4 block's id").optional(),
  port: whole("a TCP port", 1, 65535).default(6443),
  holdSeconds: whole("whole seconds (RFC 4271: 3 or more)", 3, 65535).default(3),
  keepaliveSeconds: whole("whole seconds", 1, 21845).default(1),
  probeSeconds: whole("whole seconds", 1, 60).default(1),
  image: checkedText(IMAGE, image => imageProblem(image, kubeVipTagProblem)).default("ghcr.io/kube-vip/kube-vip:v0.9.1"),
}).strict();

export const kubeVipBgp: Kind<KubeVipBgpArgs, KubeVipBgpSpec> = {
  example: {},
  read(raw, path, context) {
    const { value, partial, problems: found } = readSection(schema, raw, path);
    const problems = [...found, ...timerProblems(partial ?? {}, path), ...portProblems(partial?.port, path)];
    if (partial?.reservationId !== undefined && !adoptsProject(context.raw.machines)) {
      problems.push(problem([...path, "reservationId"],
        "found a block with a new project, expected an existing project; a block belongs to one project, set machines.project.id"));
    }
    return value === undefined || problems.length > 0 ? { problems } : { value, problems };
  },
};

function timerProblems({ holdSeconds, keepaliveSeconds }: Partly<KubeVipBgpSpec>, path: Path): Problem[] {
  if (holdSeconds === undefined || keepaliveSeconds === undefined || keepaliveSeconds * 3 <= holdSeconds) return [];
  return [problem([...path, "keepaliveSeconds"],
    `found ${keepaliveSeconds} with a hold time of ${holdSeconds}, expected at most a third of it, so that one lost keepalive ends no session; write ${Math.floor(holdSeconds / 3)} or raise holdSeconds`)];
}

function portProblems(port: number | undefined, path: Path): Problem[] {
  if (port === undefined) return [];
  const owner = port >= NODE_PORTS.first && port <= NODE_PORTS.last ? "NodePort services" : TAKEN_PORTS[port];
  return owner === undefined ? [] : [problem([...path, "port"], `found ${port}, the port of ${owner} on the same machines; expected a free port, such as 6443`)];
}
