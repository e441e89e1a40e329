import type { BgpPeerSpec } from "../endpoint/bgp-peers";
import { BGP_KINDS, bgpFields } from "../endpoint/endpoint-kinds";
import { capabilitiesOf, type MachineCapabilities } from "../machines/machine-kinds";
import { SERVICE_KINDS, bgpServices, serviceCapabilities, type ServiceCapabilities } from "../services/service-kinds";
import { parsePool, sizeOf } from "../values/address-pools";
import { formatPath, problem, type Path, type Problem } from "../values/problems";
import { isRecord, type Partly } from "../values/section";
import { listed } from "../values/suggest";
import type { Check, Given } from "./given";
import type { GivenHost } from "./given-hosts";

const PATH: Path = ["services"];

/** The kinds that are capable of something, as messages name them. */
const kindsThat = (capable: (kind: ServiceCapabilities) => boolean): string =>
  listed(Object.entries<ServiceCapabilities>(SERVICE_KINDS).flatMap(([name, kind]) => (capable(kind) ? [name] : [])));

/** The machines that announce Services, as far as the configuration names them: workers, without any the control plane. */
export const announcers = ({ hosts, pools }: Given): GivenHost[] =>
  hosts.filter(({ role }) => role === (pools.length > 0 ? "worker" : "control-plane"));

/** Every BGP neighbour that the configuration names. */
export function givenPeers(given: Given): { readonly address?: string; readonly path: Path }[] {
  const { peers } = bgpFields(given.endpoint) ?? {};
  const lists = [
    { peers, path: ["endpoint", "peers"] },
    { peers: bgpServices(given.services)?.peers, path: [...PATH, "peers"] },
    ...given.hosts.map(({ fields, path }) => ({ peers: fields.peers, path: [...path, "peers"] })),
  ];
  return lists.flatMap(({ peers, path }) =>
    peers === undefined || typeof peers === "string"
      ? []
      : (peers as Partly<readonly BgpPeerSpec[]>).map(({ address }, i) => ({ address, path: [...path, i] })),
  );
}

/** Whether the machines that are to announce Services can do it in that way. */
export const serviceAnnouncers: Check = given => {
  const services = serviceCapabilities(given.services);
  if (services === undefined) return [];
  const machines = given.pools.length > 0 ? given.pools.flatMap(pool => pool.machines ?? []) : [given.machines];
  const kinds = machines.flatMap(section => capabilitiesOf(section) ?? []);
  return services.speaksBgp ? bgpProblems(given, kinds) : arpProblems(given, kinds);
};

function arpProblems(given: Given, kinds: readonly MachineCapabilities[]): Problem[] {
  const apart = kinds.find(({ sharesLayer2 }) => !sharesLayer2);
  const { kubeProxy } = given.cluster.partial;
  const ipvs = kubeProxy?.ipvs;
  const answersAll = kubeProxy?.mode === "ipvs" && !(isRecord(ipvs) && ipvs.strictARP === true);
  return [
    ...(apart === undefined
      ? []
      : [
          problem(
            [...PATH, "kind"],
            `found ${given.services?.partial.kind} ${apart.where}, expected ${kindsThat(kind => kind.speaksBgp)}; its machines share no layer-2 network, so no ARP reaches the others`,
          ),
        ]),
    ...(answersAll
      ? [
          problem(
            ["kubeProxy", "mode"],
            'found "ipvs" without strictARP, with which every machine answers for every Service\'s address; expected kubeProxy.ipvs.strictARP true, or another mode',
          ),
        ]
      : []),
  ];
}

function bgpProblems(given: Given, kinds: readonly MachineCapabilities[]): Problem[] {
  const rented = kinds.find(({ rents }) => rents);
  if (rented !== undefined && bgpFields(given.endpoint) === undefined)
    return [
      problem(
        [...PATH, "kind"],
        `found ${given.services?.partial.kind} with workers ${rented.where} and an endpoint that announces nothing over BGP, expected endpoint.kind ${BGP_KINDS}; rented machines learn of their switches with it`,
      ),
    ];
  return [
    ...secondSessions(given),
    ...neighboursMissing(given),
    ...neighboursOfOwn(given),
    ...blockProblems(given, kinds),
  ];
}

/** A block is reserved where machines are rented, and no server's session carries more than ten prefixes there. */
function blockProblems(given: Given, kinds: readonly MachineCapabilities[]): Problem[] {
  const { reserve, addresses = [] } = bgpServices(given.services) ?? {};
  const home = capabilitiesOf(given.machines);
  if (given.services?.says("reserve") === true && home?.rents === false)
    return [
      problem(
        [...PATH, "reserve"],
        `found a block to reserve with machines ${home.where}, expected none; give ranges of your own as services.addresses`,
      ),
    ];
  const count = addresses
    .flatMap(text => parsePool(text ?? "") ?? [])
    .reduce((sum, pool) => sum + sizeOf(pool), reserve?.quantity ?? 0);
  return kinds.some(({ rents }) => rents) && count > MOST_PREFIXES
    ? [
        problem(
          PATH,
          `found ${count} addresses with workers ${kinds.find(({ rents }) => rents)?.where}, expected at most ${MOST_PREFIXES}; its switches end a session that announces more`,
        ),
      ]
    : [];
}

/** Equinix Metal's documentation, "Local BGP": prefixes of a server's session. */
const MOST_PREFIXES = 10;

/** A switch takes one session from one address, and the control plane's kube-vip has it already. */
function secondSessions(given: Given): Problem[] {
  return bgpFields(given.endpoint) === undefined || given.pools.length > 0
    ? []
    : [
        problem(
          [...PATH, "kind"],
          `found ${given.services?.partial.kind} without workers, expected a pool of workers, or ${kindsThat(kind => !kind.speaksBgp)}; the switches have a session with each control-plane machine for the VIP already, and take no second one from its address`,
        ),
      ];
}

function neighboursMissing(given: Given): Problem[] {
  const { services, endpoint } = given;
  const shared = bgpFields(endpoint)?.peers;
  if (services === undefined || services.says("peers") || (shared !== undefined && typeof shared !== "string"))
    return [];
  const [first, ...others] = announcers(given).filter(({ says }) => !says("peers"));
  return first === undefined
    ? []
    : [
        problem(
          [...PATH, "peers"],
          `found none, and none for ${formatPath(first.path)}${others.length > 0 ? ` and ${others.length} more` : ""}; expected a list of neighbours, such as [{ address: "10.0.0.1", as: 65001 }]`,
        ),
      ];
}

/** A neighbour that is a machine of the cluster. Those of machines and of the endpoint have a rule of their own. */
function neighboursOfOwn(given: Given): Problem[] {
  return givenPeers(given).flatMap(({ address, path }) => {
    const owner = path[0] === PATH[0] ? given.hosts.find(host => host.fields.address === address) : undefined;
    return address === undefined || owner === undefined
      ? []
      : [
          problem(
            [...path, "address"],
            `found "${address}", the address of ${formatPath(owner.path)}; expected a switch or a route server`,
          ),
        ];
  });
}
