import type { BalancersSpec } from "../config/endpoint/balancers";
import type { EndpointKind } from "./endpoint-kind";
import { vrrp, vrrpSecrets } from "./vrrp";

export const balancers: EndpointKind<BalancersSpec> = {
  announcer: endpoint => ({
    kind: endpoint.kind,
    ...vrrp(endpoint),
    machines: endpoint.machines.hosts.map(({ name, address }) => ({ name, address })),
  }),
  images: () => [],
  balancers: ({ machines }) => machines.hosts,
  secrets: vrrpSecrets,
};
