import { endpointCapabilities } from "../endpoint/endpoint-kinds";
import { formatPath, problem } from "../values/problems";
import type { Check } from "./given";

/** A machine's own address as the endpoint, from which a worker's balancer would lead to itself. */
export const localBalancer: Check = given => {
  const { address, nodeLocalBalancer } = given.endpoint.partial;
  // A VIP that may be no machine's is refused by its own rule.
  if (nodeLocalBalancer !== true || address === undefined) return [];
  if (endpointCapabilities(given.endpoint)?.mayBeMachine !== true || given.count !== 1) return [];
  const owner = given.hosts.find(({ fields }) => fields.address === address || fields.sshHost === address);
  return owner === undefined
    ? []
    : [
        problem(
          ["endpoint", "nodeLocalBalancer"],
          `found true with an endpoint.address of ${formatPath(owner.path)} itself, expected false; with one machine there is nothing to balance`,
        ),
      ];
};
