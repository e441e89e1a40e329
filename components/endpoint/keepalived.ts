import type { KeepalivedSpec } from "../config/endpoint/keepalived";
import type { EndpointKind } from "./endpoint-kind";
import { observed, vrrp, vrrpSecrets } from "./vrrp";

export const keepalived: EndpointKind<KeepalivedSpec> = {
  announcer: endpoint => ({ kind: endpoint.kind, ...vrrp(endpoint) }),
  // keepalived and the balancer are the distribution's packages.
  balancing: (endpoint, { role }) => (role === "control-plane" ? observed(endpoint) : undefined),
  images: () => [],
  secrets: vrrpSecrets,
};
