import type { BalancersSpec } from "../config/endpoint/balancers";
import type { EndpointKind } from "./endpoint-kind";
import { vrrp, vrrpSecrets } from "./vrrp";

export const balancers: EndpointKind<BalancersSpec> = {
  announcer: (endpoint, { balancers }) => ({ kind: endpoint.kind, ...vrrp(endpoint), machines: balancers }),
  images: () => [],
  balancers: ({ machines }) => machines.hosts,
  secrets: vrrpSecrets,
};
