import { balancers } from "./endpoint/balancers";
import { equinixMetal } from "./machines/equinix-metal";
import { equinixWorkers } from "./machines/equinix-workers";
import { external } from "./endpoint/external";
import { keepalived } from "./endpoint/keepalived";
import type { Kind } from "./kind";
import { kubeVipArp } from "./endpoint/kube-vip-arp";
import { kubeVipBgp } from "./endpoint/kube-vip-bgp";
import { sshHosts } from "./machines/ssh-hosts";

/** Where control-plane machines come from: `machines.kind`. */
export const MACHINE_KINDS = { "equinix-metal": equinixMetal, ssh: sshHosts } as const;

/** Where workers come from: `workers[].machines.kind`. */
export const WORKER_KINDS = { "equinix-metal": equinixWorkers, ssh: sshHosts } as const;

/** How the VIP is held: `endpoint.kind`. */
export const ENDPOINT_KINDS = {
  "kube-vip-bgp": kubeVipBgp,
  "kube-vip-arp": kubeVipArp,
  keepalived,
  balancers,
  external,
} as const;

export const DEFAULT_ENDPOINT_KIND = "kube-vip-bgp";

export type MachinesArgs = ArgsOf<typeof MACHINE_KINDS>;
export type MachinesSpec = SpecOf<typeof MACHINE_KINDS>;
export type WorkerMachinesArgs = ArgsOf<typeof WORKER_KINDS>;
export type WorkerMachinesSpec = SpecOf<typeof WORKER_KINDS>;
export type EndpointArgs = ArgsOf<typeof ENDPOINT_KINDS>;
export type EndpointSpec = SpecOf<typeof ENDPOINT_KINDS>;

type ArgsOf<Table> = { [K in keyof Table]: Table[K] extends Kind<infer Args, unknown> ? Args : never }[keyof Table];
type SpecOf<Table> = { [K in keyof Table]: Table[K] extends Kind<unknown, infer Spec> ? Spec : never }[keyof Table];
