import type { Role } from "../../../cloud-init/node-spec";
import { addressProblem, addressRange, machineAddressProblem, subnetOf } from "../values/addresses";
import { givenHosts } from "../checks/given-hosts";
import type { KindContext } from "../kind";
import { formatPath, problem, type Path, type Problem } from "../values/problems";
import { parseRange, within, writeRange, type Range } from "../values/ranges";
import { isRecord } from "../values/section";
import { checkedText } from "../values/forms";

/** The virtual IP as text. */
export const vipAddress = checkedText("the VIP, an IPv4 address that no machine has", addressProblem);

/** Length of a VIP's subnet where the configuration says nothing of it. */
export const USUAL_PREFIX = 24;

/** The reasons against a VIP that hold for every kind: it is somebody else's address. */
export function vipProblems(address: string | undefined, path: Path, { raw, network = {} }: KindContext): Problem[] {
  const range = address === undefined ? undefined : addressRange(address);
  if (range === undefined) return [];
  const owner = givenHosts(raw).find(({ fields }) => fields.address === address || fields.sshHost === address);
  const inside = (["podCidr", "serviceCidr"] as const).find(key => {
    const outer = parseRange(network[key] ?? "");
    return outer !== undefined && within(range, outer);
  });
  return [
    ...(owner === undefined
      ? []
      : [
          problem(
            [...path, "address"],
            `found "${address}", an address of ${formatPath(owner.path)}; expected one that no machine has, as it moves between machines`,
          ),
        ]),
    ...(inside === undefined
      ? []
      : [
          problem(
            [...path, "address"],
            `found "${address}", inside network.${inside} "${network[inside]}"; expected an address of the machines' network`,
          ),
        ]),
  ];
}

/**
 * A VIP that moves by ARP lies in the subnet of every machine that may hold it. How large that is, the
 * configuration tells by `prefix`, else by `network.machineCidr`; else it is taken for a /24.
 */
export function subnetProblems(
  address: string | undefined,
  raw: unknown,
  path: Path,
  { raw: whole, network = {} }: KindContext,
  role: Role,
): Problem[] {
  if (address === undefined || addressRange(address) === undefined) return [];
  const subnet = vipSubnet(address, raw, network.machineCidr);
  const vip = addressRange(address);
  if (subnet === undefined || vip === undefined) return [];
  if (!within(vip, subnet)) {
    return [
      problem(
        [...path, "address"],
        `found "${address}", outside network.machineCidr "${network.machineCidr}"; expected an address of the machines' network, as the VIP moves by ARP`,
      ),
    ];
  }
  if (subnet.prefix < 31 && (vip.first === subnet.first || vip.first === subnet.last)) {
    return [
      problem(
        [...path, "address"],
        `found "${address}", the ${vip.first === subnet.first ? "first" : "last"} address of ${writeRange(subnet)}, which no machine may have; expected another`,
      ),
    ];
  }
  const hosts = givenHosts(whole)
    .filter(host => host.role === role)
    .flatMap(({ path, fields }) => {
      const { address } = fields;
      const range =
        typeof address === "string" && machineAddressProblem(address) === undefined ? addressRange(address) : undefined;
      return range === undefined ? [] : [{ path, range, address: address as string }];
    });
  const outside = hosts.filter(({ range }) => !within(range, subnet));
  if (outside.length === 0) return [];
  if (outside.length === hosts.length) {
    return [
      problem(
        [...path, "address"],
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

function vipSubnet(address: string, raw: unknown, machineCidr: string | undefined): Range | undefined {
  const prefix = isRecord(raw) ? raw.prefix : undefined;
  if (typeof prefix === "number" && Number.isInteger(prefix)) return subnetOf(address, prefix);
  return machineCidr === undefined ? subnetOf(address, USUAL_PREFIX) : parseRange(machineCidr);
}
