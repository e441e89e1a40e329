import { BGP_KINDS, endpointCapabilities } from "../endpoint/endpoint-kinds";
import { USUAL_PREFIX } from "../endpoint/vip";
import { capabilitiesOf } from "../machines/machine-kinds";
import { addressRange, subnetOf } from "../values/addresses";
import { problem, type Problem } from "../values/problems";
import { parseRange, within, writeRange, type Range } from "../values/ranges";
import { networkOf, type Check, type Given } from "./given";

/** A VIP that moves by ARP lies in the subnet of its machines, which have to share a layer-2 network. */
export const vipSubnet: Check = given => {
  const { movesAmong: role, apart } = endpointCapabilities(given.endpoint) ?? {};
  if (role === undefined) return [];
  const machines = role === "control-plane" ? capabilitiesOf(given.machines) : undefined;
  return machines?.sharesLayer2 === false
    ? [
        problem(
          ["endpoint", "kind"],
          `found ${given.endpoint.partial.kind} ${machines.where}, expected ${BGP_KINDS}; its machines share no layer-2 network, so ${apart}`,
        ),
      ]
    : subnetProblems(given, role);
};

/** The subnet has the length `prefix`, else that of `network.machineCidr`; else it is a /24. */
function subnetProblems(given: Given, role: "control-plane" | "balancer"): Problem[] {
  const { address = "" } = given.endpoint.partial;
  const { machineCidr } = networkOf(given);
  const vip = addressRange(address);
  const subnet = subnetOfVip(address, given);
  if (subnet === undefined || vip === undefined) return [];
  if (!within(vip, subnet)) {
    return [
      problem(
        ["endpoint", "address"],
        `found "${address}", outside network.machineCidr "${machineCidr}"; expected an address of the machines' network, as the VIP moves by ARP`,
      ),
    ];
  }
  if (subnet.prefix < 31 && (vip.first === subnet.first || vip.first === subnet.last)) {
    return [
      problem(
        ["endpoint", "address"],
        `found "${address}", the ${vip.first === subnet.first ? "first" : "last"} address of ${writeRange(subnet)}, which no machine may have; expected another`,
      ),
    ];
  }
  const hosts = given.hosts
    .filter(host => host.role === role)
    .flatMap(({ path, fields: { address } }) => {
      const range = addressRange(address ?? "");
      return range === undefined ? [] : [{ path, range, address }];
    });
  const outside = hosts.filter(({ range }) => !within(range, subnet));
  if (outside.length === 0) return [];
  if (outside.length === hosts.length) {
    return [
      problem(
        ["endpoint", "address"],
        `found "${address}", in ${writeRange(subnet)}, where none of the machines is; expected an address of their subnet, as the VIP moves by ARP. Set endpoint.prefix if that is larger`,
      ),
    ];
  }
  return outside.map(({ path, address: stray }) =>
    problem(
      [...path, "address"],
      `found "${stray}", outside the VIP's subnet ${writeRange(subnet)}; expected all in one subnet, as the VIP moves by ARP. Set endpoint.prefix if that is larger`,
    ),
  );
}

/** Undefined when the configuration gives a bad prefix. */
function subnetOfVip(address: string, given: Given): Range | undefined {
  const { partial, says } = given.endpoint;
  const { machineCidr } = networkOf(given);
  if (says("prefix")) {
    const prefix = "prefix" in partial ? partial.prefix : undefined;
    return prefix === undefined ? undefined : subnetOf(address, prefix);
  }
  return machineCidr === undefined ? subnetOf(address, USUAL_PREFIX) : parseRange(machineCidr);
}
