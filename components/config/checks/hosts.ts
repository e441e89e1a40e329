import { addressRange } from "../values/addresses";
import { duplicateHostProblems, givenHosts, type GivenHost } from "./given-hosts";
import type { KindContext } from "../kind";
import { problem, type Problem } from "../values/problems";
import { parseRange, within } from "../values/ranges";
import { isRecord } from "../values/section";

/** What can be wrong between machines over SSH and the other sections. */
export function hostProblems(context: KindContext): Problem[] {
  const hosts = givenHosts(context.raw);
  return [
    ...duplicateHostProblems(hosts),
    ...hosts.flatMap(host => [...rangeProblems(host, context), ...peersOfNoUse(host, context)]),
  ];
}

/** Machines inside the pods' or services' range could not reach one another; outside machineCidr, it is wrong. */
function rangeProblems({ path, fields }: GivenHost, { network = {} }: KindContext): Problem[] {
  const address = typeof fields.address === "string" ? addressRange(fields.address) : undefined;
  if (address === undefined) return [];
  const found = `found "${String(fields.address)}"`;
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

function peersOfNoUse({ role, path, fields }: GivenHost, { raw }: KindContext): Problem[] {
  if (fields.peers === undefined) return [];
  if (role !== "control-plane")
    return [
      problem([...path, "peers"], "found BGP neighbours, expected none; control-plane machines alone announce the VIP"),
    ];
  const kind = isRecord(raw.endpoint) ? (raw.endpoint.kind ?? "kube-vip-bgp") : "kube-vip-bgp";
  return kind === "kube-vip-bgp"
    ? []
    : [
        problem(
          [...path, "peers"],
          `found BGP neighbours with an endpoint of kind ${JSON.stringify(kind)}, expected none; set endpoint.kind to kube-vip-bgp or leave them out`,
        ),
      ];
}
