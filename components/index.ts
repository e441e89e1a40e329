/** Rackplane as a library: `import { Cluster } from "rackplane"`. */
export { Cluster, type MachineOutput } from "./cluster";

// Every argument has a name, so that a program can make its parts one by one.
export type { ClusterArgs } from "./config/args";
export type { ControlPlaneArgs } from "./config/control-plane";
export type { DeadlinesArgs } from "./config/deadlines";
export type { BalancersArgs } from "./config/endpoint/balancers";
export type { BgpPeerArgs } from "./config/endpoint/bgp-peers";
export type { EndpointArgs } from "./config/endpoint/endpoint-kinds";
export type { ExternalArgs } from "./config/endpoint/external";
export type { KeepalivedArgs } from "./config/endpoint/keepalived";
export type { KubeVipArpArgs } from "./config/endpoint/kube-vip-arp";
export type { KubeVipBgpArgs } from "./config/endpoint/kube-vip-bgp";
export type { VrrpArgs } from "./config/endpoint/vrrp";
export type { ApiServerArgs } from "./config/kubernetes/api-server";
export type { IsolationArgs, PerComponent } from "./config/kubernetes/isolation";
export type { AdoptedProjectArgs, EquinixMetalArgs, NewProjectArgs } from "./config/machines/equinix-metal";
export type { BillingCycle, ServersArgs } from "./config/machines/equinix-servers";
export type { EquinixWorkersArgs } from "./config/machines/equinix-workers";
export type { BastionArgs, HostArgs } from "./config/machines/hosts";
export type { MachinesArgs, WorkerMachinesArgs } from "./config/machines/machine-kinds";
export type { SshHostsArgs } from "./config/machines/ssh-hosts";
export type { WorkerPoolArgs } from "./config/machines/workers";
export type { MirrorsArgs } from "./config/mirrors";
export type { FlannelBackend, NetworkArgs } from "./config/network";
export type { ServiceAddressesArgs } from "./config/services/addresses";
export type { Election, KubeVipArpServicesArgs } from "./config/services/kube-vip-arp";
export type { KubeVipBgpServicesArgs } from "./config/services/kube-vip-bgp";
export type { ServicesArgs } from "./config/services/service-kinds";
export type { SshArgs } from "./config/ssh";
export type { EncryptionProvider, Taint } from "../cloud-init/contract/grant";
export type { OperatingSystem } from "../cloud-init/operating-systems";
