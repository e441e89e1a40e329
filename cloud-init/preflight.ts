import type { MachineIdentity, Role } from "./contract/identity";
import type { NodeSpec } from "./contract/node";

/** What a machine is compared with before anything on it changes. */
export interface PreflightFacts {
  readonly node: NodeSpec;
  readonly machine: MachineIdentity;
  /** Every control-plane machine. */
  readonly roster: readonly MachineIdentity[];
  /** Whole seconds since 1970 by the caller's clock, read before the machine is dialled; its own clock is compared. */
  readonly epoch: number;
  /** Whether findings make the program fail (exit code 1); @default true. The answer is the same. */
  readonly fail?: boolean;
  /** Where etcd will keep its data, on a disk of its own; absent: kubeadm's own folder, or no etcd. */
  readonly etcdDirectory?: string;
}

/** The one line that preflight prints. */
export interface PreflightAnswer {
  readonly machine: string;
  /** Seconds since 1970 by the machine's clock. */
  readonly epoch: string;
  /** These three must differ between machines; empty where the machine has none. */
  readonly hostname: string;
  readonly machineId: string;
  readonly productUuid: string;
  readonly findings: readonly PreflightFinding[];
}

export interface PreflightFinding {
  /** Short name, e.g. `vip`. */
  readonly check: string;
  readonly found: string;
  readonly expected: string;
  readonly todo: string;
}

/** kubeadm's own minimum for a control plane; a worker and a balancer run with less. */
const LEAST: Readonly<Record<Role, { readonly cpus: number; readonly memoryMiB: number }>> = {
  "control-plane": { cpus: 2, memoryMiB: 1700 },
  worker: { cpus: 1, memoryMiB: 900 },
  balancer: { cpus: 1, memoryMiB: 400 },
};

/** The request: `name=value`, one a line. */
export function preflightRequest({ node, machine, roster, epoch, fail, etcdDirectory }: PreflightFacts): string {
  const { endpoint, announcer, isolation } = node;
  const role = node.role ?? "control-plane";
  const lines = {
    name: machine.name,
    address: machine.address,
    interface: machine.interface,
    role,
    cluster: node.cluster.name,
    kind: announcer.kind,
    vip: endpoint.address,
    port: endpoint.port,
    apiPort: endpoint.apiServerPort ?? endpoint.port,
    furtherPorts: furtherPorts(node) || undefined,
    localPort: node.localBalancer?.port,
    vipInterface: "interface" in announcer ? announcer.interface : undefined,
    roster: roster.map(({ address }) => address).join(" "),
    cpus: Math.max(LEAST[role].cpus, isolation?.cpus ?? 0),
    memoryMiB: Math.max(LEAST[role].memoryMiB, isolation?.memoryMiB ?? 0),
    etcdDirectory,
    epoch,
    fail: fail === false ? "no" : undefined,
  };
  return Object.entries(lines)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}

const BGP_PORT = 179;

/** What a balancer listens at besides the endpoint's port, or BIRD. */
const furtherPorts = ({ balancing, announcer, role }: NodeSpec): string =>
  [
    ...[...(balancing?.frontends ?? []), ...(balancing?.statistics === undefined ? [] : [balancing.statistics])].map(
      ({ port }) => port,
    ),
    ...(role === undefined && "speaker" in announcer && announcer.speaker === "bird" ? [BGP_PORT] : []),
  ].join(" ");
