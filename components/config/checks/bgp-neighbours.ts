import { bgpFields } from "../endpoint/endpoint-kinds";
import { capabilitiesOf, titlesOf, type MachineCapabilities } from "../machines/machine-kinds";
import { formatPath, problem, type Path, type Problem } from "../values/problems";
import type { Check, Given } from "./given";

const PATH: Path = ["endpoint"];

/** Whether address, neighbours and source fit the machines, and one another. */
export const bgpNeighbours: Check = given => {
  const machines = capabilitiesOf(given.machines);
  if (bgpFields(given.endpoint) === undefined) return [];
  return [
    ...(machines === undefined
      ? []
      : [
          ...(machines.bringsVip ? addressOfBlock(given) : addressGiven(given, machines)),
          ...(machines.knowsNeighbours ? neighboursKnown(given, machines) : neighboursGiven(given, machines)),
        ]),
    ...oneSource(given),
    ...peersOfOwn(given),
  ];
};

/** Machines that bring no address block need a VIP in the configuration. */
function addressGiven({ endpoint: { says } }: Given, { where }: MachineCapabilities): Problem[] {
  if (says("reservationId"))
    return [
      problem(
        [...PATH, "reservationId"],
        `found a block of ${titlesOf("bringsVip")} with machines ${where}, expected none; set endpoint.address`,
      ),
    ];
  return says("address")
    ? []
    : [
        problem(
          [...PATH, "address"],
          `found none, expected the VIP; machines ${where} bring no address block. Choose one that your switches route, such as "192.0.2.10"`,
        ),
      ];
}

function addressOfBlock({ endpoint: { says }, machines }: Given): Problem[] {
  if (!says("reservationId")) return [];
  return [
    ...(says("address")
      ? [
          problem(
            [...PATH, "address"],
            "found reservationId too, expected one of the two; the block says its address itself",
          ),
        ]
      : []),
    ...(machines.says("project", "id")
      ? []
      : [
          problem(
            [...PATH, "reservationId"],
            "found a block with a new project, expected an existing project; a block belongs to one project, set machines.project.id",
          ),
        ]),
  ];
}

function neighboursGiven(given: Given, { where }: MachineCapabilities): Problem[] {
  const peers = bgpFields(given.endpoint)?.peers;
  if (typeof peers === "string") {
    return [
      problem(
        [...PATH, "peers"],
        `found "${peers}" with machines ${where}, expected a list of neighbours; ${titlesOf("knowsNeighbours")} alone knows those`,
      ),
    ];
  }
  if (given.endpoint.says("peers")) return [];
  const [first, ...others] = given.hosts.filter(({ role, says }) => role === "control-plane" && !says("peers"));
  return first === undefined
    ? []
    : [
        problem(
          [...PATH, "peers"],
          `found none, and none for ${formatPath(first.path)}${others.length > 0 ? ` and ${others.length} more` : ""}; expected a list of neighbours, such as [{ address: "10.0.0.1", as: 65001 }]`,
        ),
      ];
}

function neighboursKnown({ endpoint }: Given, { title }: MachineCapabilities): Problem[] {
  const { localAs, peers } = bgpFields(endpoint) ?? {};
  const listed = endpoint.says("peers") && typeof peers !== "string";
  return localAs === undefined || listed
    ? []
    : [
        problem(
          [...PATH, "localAs"],
          `found ${localAs} without a list of peers, expected none; ${title}'s neighbours tell it`,
        ),
      ];
}

/** A router's id is its address: when two machines have the same one, a switch refuses the second. */
function oneSource({ endpoint: { says }, count }: Given): Problem[] {
  const address = says("source", "address") && !says("source", "interface");
  return address && count !== undefined && count > 1
    ? [
        problem(
          [...PATH, "source", "address"],
          `found one address for ${count} machines, expected an interface; sessions from one address clash, and so do router ids`,
        ),
      ]
    : [];
}

/** A neighbour that is a machine of the cluster, or the VIP that the sessions announce. */
function peersOfOwn(given: Given): Problem[] {
  const hosts = given.hosts;
  const { address, peers = [] } = bgpFields(given.endpoint) ?? {};
  const lists = [
    { peers: typeof peers === "string" ? [] : peers, path: [...PATH, "peers"] },
    ...hosts.map(({ fields, path }) => ({ peers: fields.peers ?? [], path: [...path, "peers"] })),
  ];
  return lists.flatMap(({ peers, path }) =>
    peers.flatMap((peer, i) => {
      if (peer.address === undefined) return [];
      const owner = hosts.find(({ fields }) => fields.address === peer.address);
      if (peer.address !== address && owner === undefined) return [];
      return [
        problem(
          [...path, i, "address"],
          `found ${JSON.stringify(peer.address)}, ${owner === undefined ? "the VIP" : `the address of ${formatPath(owner.path)}`}; expected a switch or a route server`,
        ),
      ];
    }),
  );
}
