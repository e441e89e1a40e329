import type { EquinixMetalArgs, EquinixMetalSpec } from "./equinix-metal";
import type { KubeVipBgpArgs, KubeVipBgpSpec } from "./kube-vip-bgp";

export type MachinesArgs = EquinixMetalArgs;
export type MachinesSpec = EquinixMetalSpec;
export type EndpointArgs = KubeVipBgpArgs;
export type EndpointSpec = KubeVipBgpSpec;
