import type { Frontend } from "../../cloud-init/contract/node";
import type { BalancersSpec } from "../config/endpoint/balancers";
import type { FrontendSpec } from "../config/endpoint/frontends";
import type { EndpointKind } from "./endpoint-kind";
import { observed, vrrp, vrrpSecrets } from "./vrrp";

export const balancers: EndpointKind<BalancersSpec> = {
  announcer: (endpoint, { balancers }) => ({ kind: endpoint.kind, ...vrrp(endpoint), machines: balancers }),
  balancing(endpoint, { role, workers }) {
    if (role !== "balancer") return undefined;
    const frontends = endpoint.frontends.map(frontend => fronted(frontend, workers));
    const further = { ...observed(endpoint), ...(frontends.length === 0 ? {} : { frontends }) };
    return Object.keys(further).length === 0 ? undefined : further;
  },
  images: () => [],
  balancers: ({ machines }) => machines.hosts,
  secrets: vrrpSecrets,
};

/** Control-plane machines are in the roster, which balancers follow by themselves. */
function fronted(
  { name, port, check, targets, targetPort = port }: FrontendSpec,
  workers: readonly string[],
): Frontend {
  const frontend = { name, port, check };
  if (targets === "controlPlane") return { ...frontend, controlPlanePort: targetPort };
  return { ...frontend, servers: targets === "workers" ? workers.map(address => `${address}:${targetPort}`) : targets };
}
