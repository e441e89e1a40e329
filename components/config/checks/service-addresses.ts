import { USUAL_PREFIX } from "../endpoint/vip";
import { serviceCapabilities } from "../services/service-kinds";
import { parsePool } from "../values/address-pools";
import { addressRange, subnetOf } from "../values/addresses";
import { formatPath, problem, type Path } from "../values/problems";
import { overlap, parseRange, within, writeRange, type Range, type Span } from "../values/ranges";
import { networkOf, type Check, type Given } from "./given";
import { announcers, givenPeers } from "./service-announcers";

/** What somebody else has already, in words, and how much of the address space that is. */
interface Taken {
  readonly what: string;
  readonly span: Span;
}

/** Addresses for Services that belong to something else, or that the way to announce them cannot bring anywhere. */
export const serviceAddresses: Check = given => {
  const path: Path = ["services", "addresses"];
  const taken = takenOf(given);
  return (given.services?.partial.addresses ?? []).flatMap((text, i) => {
    const pool = parsePool(text ?? "");
    if (pool === undefined) return [];
    const found = `found ${JSON.stringify(text)}`;
    const other = taken.find(({ span }) => overlap(span, pool));
    if (other !== undefined)
      return [problem([...path, i], `${found}, which holds ${other.what}; expected addresses of nothing else`)];
    const reason = reachProblem(pool, given);
    return reason === undefined ? [] : [problem([...path, i], `${found}, ${reason}`)];
  });
};

function takenOf(given: Given): Taken[] {
  const network = networkOf(given);
  const one = (address: string | undefined, what: string): Taken[] => {
    const span = addressRange(address ?? "");
    return span === undefined ? [] : [{ span, what }];
  };
  return [
    ...one(given.endpoint.partial.address, `the VIP ${given.endpoint.partial.address}`),
    ...given.hosts.flatMap(({ path, fields }) =>
      [fields.address, fields.sshHost].flatMap(address =>
        one(address, `${address}, an address of ${formatPath(path)}`),
      ),
    ),
    ...givenPeers(given).flatMap(({ address, path }) => one(address, `${address}, the neighbour ${formatPath(path)}`)),
    ...(["podCidr", "serviceCidr"] as const).flatMap(key => {
      const span = parseRange(network[key] ?? "");
      return span === undefined ? [] : [{ span, what: `addresses of network.${key} "${network[key]}"` }];
    }),
  ];
}

/** BGP brings packets to addresses outside the machines' network alone, ARP to those inside it alone. */
function reachProblem(pool: Span, given: Given): string | undefined {
  const { speaksBgp } = serviceCapabilities(given.services) ?? {};
  const { machineCidr = "" } = networkOf(given);
  const machines = parseRange(machineCidr);
  if (speaksBgp === true)
    return machines !== undefined && overlap(pool, machines)
      ? `inside network.machineCidr "${machineCidr}"; expected addresses outside it, as machines of that network would ask for them by ARP, which none answers`
      : undefined;
  if (speaksBgp !== false) return undefined;
  if (machines !== undefined)
    return within(pool, machines)
      ? endOf(pool, machines)
      : `outside network.machineCidr "${machineCidr}"; expected addresses of the machines' network, as they move by ARP`;
  const subnets = announcers(given).flatMap(({ fields }) => subnetOf(fields.address ?? "", USUAL_PREFIX) ?? []);
  const [home] = subnets.filter(subnet => within(pool, subnet));
  if (home !== undefined) return endOf(pool, home);
  return subnets.length === 0
    ? undefined
    : `where none of the machines is; expected addresses of their subnet, as they move by ARP. Set network.machineCidr if that is larger than a /${USUAL_PREFIX}`;
}

/** No machine may have the first and the last address of a subnet. */
function endOf(pool: Span, subnet: Range): string | undefined {
  const end = [
    { word: "first", number: subnet.first },
    { word: "last", number: subnet.last },
  ].find(({ number }) => pool.first <= number && number <= pool.last);
  return end === undefined || subnet.prefix > 30
    ? undefined
    : `which holds the ${end.word} address of ${writeRange(subnet)}, which no machine may have; expected a range without it`;
}
