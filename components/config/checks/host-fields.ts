import { BGP_KINDS, endpointCapabilities } from "../endpoint/endpoint-kinds";
import { serviceCapabilities } from "../services/service-kinds";
import { addressRange } from "../values/addresses";
import { problem, type Problem } from "../values/problems";
import { parseRange, within } from "../values/ranges";
import { networkOf, type Check, type Given } from "./given";
import type { GivenHost } from "./given-hosts";

/** What can be wrong between one machine and the other sections. */
export const hostFields: Check = given =>
  given.hosts.flatMap(host => [...rangeProblems(host, given), ...peersOfNoUse(host, given)]);

/**
 * Machines inside the pods' or services' range could not reach one another. When a machine is outside machineCidr, that
 * range is wrong.
 */
function rangeProblems({ path, fields }: GivenHost, given: Given): Problem[] {
  const network = networkOf(given);
  const address = addressRange(fields.address ?? "");
  if (address === undefined) return [];
  const found = `found "${fields.address}"`;
  const range = (key: "podCidr" | "serviceCidr" | "machineCidr") => parseRange(network[key] ?? "");
  const inside = (["podCidr", "serviceCidr"] as const).find(key => {
    const outer = range(key);
    return outer !== undefined && within(address, outer);
  });
  const machines = range("machineCidr");
  return [
    ...(inside === undefined
      ? []
      : [
          problem(
            [...path, "address"],
            `${found}, inside network.${inside} "${network[inside]}"; expected ranges apart, choose another ${inside}`,
          ),
        ]),
    ...(machines === undefined || within(address, machines)
      ? []
      : [
          problem(
            [...path, "address"],
            `${found}, outside network.machineCidr "${network.machineCidr}"; expected an address in it, or leave machineCidr out`,
          ),
        ]),
  ];
}

function peersOfNoUse({ role, path, says }: GivenHost, { endpoint, services }: Given): Problem[] {
  if (!says("peers")) return [];
  if (role === "worker" && serviceCapabilities(services)?.speaksBgp === true) return [];
  if (role !== "control-plane")
    return [
      problem([...path, "peers"], "found BGP neighbours, expected none; control-plane machines alone announce the VIP"),
    ];
  return endpointCapabilities(endpoint)?.speaksBgp === false
    ? [
        problem(
          [...path, "peers"],
          `found BGP neighbours with an endpoint of kind ${JSON.stringify(endpoint.partial.kind)}, expected none; set endpoint.kind to ${BGP_KINDS} or leave them out`,
        ),
      ]
    : [];
}
