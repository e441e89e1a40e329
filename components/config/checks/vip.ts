import { endpointCapabilities } from "../endpoint/endpoint-kinds";
import { addressRange } from "../values/addresses";
import { formatPath, problem } from "../values/problems";
import { parseRange, within } from "../values/ranges";
import { networkOf, type Check } from "./given";

/** A VIP that is some machine's address, or one of pods or services. */
export const vip: Check = given => {
  const { address } = given.endpoint.partial;
  const range = addressRange(address ?? "");
  if (range === undefined) return [];
  if (endpointCapabilities(given.endpoint)?.mayBeMachine === true && given.count === 1) return [];
  const network = networkOf(given);
  const owner = given.hosts.find(({ fields }) => fields.address === address || fields.sshHost === address);
  const inside = (["podCidr", "serviceCidr"] as const).find(key => {
    const outer = parseRange(network[key] ?? "");
    return outer !== undefined && within(range, outer);
  });
  return [
    ...(owner === undefined
      ? []
      : [
          problem(
            ["endpoint", "address"],
            `found "${address}", an address of ${formatPath(owner.path)}; expected one that no machine has, as it moves between machines`,
          ),
        ]),
    ...(inside === undefined
      ? []
      : [
          problem(
            ["endpoint", "address"],
            `found "${address}", inside network.${inside} "${network[inside]}"; expected an address of the machines' network`,
          ),
        ]),
  ];
};
