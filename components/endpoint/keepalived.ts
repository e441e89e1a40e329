import type { KeepalivedSpec } from "../config/endpoint/keepalived";
import type { EndpointKind } from "./endpoint-kind";
import { vrrp, vrrpSecrets } from "./vrrp";

export const keepalived: EndpointKind<KeepalivedSpec> = {
  announcer: endpoint => ({ kind: endpoint.kind, ...vrrp(endpoint) }),
  // keepalived and the balancer are the distribution's packages.
  images: () => [],
  secrets: vrrpSecrets,
};
