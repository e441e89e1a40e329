import { equinixMetal } from "./equinix-metal";
import type { Kind } from "./kind";
import { kubeVipBgp } from "./kube-vip-bgp";

/** Where machines come from: `machines.kind`. */
export const MACHINE_KINDS = { "equinix-metal": equinixMetal } as const;

/** How the VIP is held: `endpoint.kind`. */
export const ENDPOINT_KINDS = { "kube-vip-bgp": kubeVipBgp } as const;

export const DEFAULT_ENDPOINT_KIND = "kube-vip-bgp";

export type MachinesArgs = ArgsOf<typeof MACHINE_KINDS>;
export type MachinesSpec = SpecOf<typeof MACHINE_KINDS>;
export type EndpointArgs = ArgsOf<typeof ENDPOINT_KINDS>;
export type EndpointSpec = SpecOf<typeof ENDPOINT_KINDS>;

type ArgsOf<Table> = { [K in keyof Table]: Table[K] extends Kind<infer Args, unknown> ? Args : never }[keyof Table];
type SpecOf<Table> = { [K in keyof Table]: Table[K] extends Kind<unknown, infer Spec> ? Spec : never }[keyof Table];
