import { adoptsProject } from "../machines/equinix-metal";
import { givenHosts } from "./given-hosts";
import { machinesKind, type KindContext } from "../kind";
import { formatPath, problem, type Path, type Problem } from "../values/problems";
import { isRecord } from "../values/section";

type Given = Readonly<Record<string, unknown>>;

/** Whether address, neighbours and source go with the machines there are, and with one another. */
export function neighbourProblems(given: Given, path: Path, context: KindContext): Problem[] {
  return [
    ...(machinesKind(context) === "ssh" ? overSsh(given, path, context) : onEquinixMetal(given, path, context)),
    ...sourceProblems(given.source, [...path, "source"], context),
    ...peersOfOwn(given, path, context),
  ];
}

function overSsh({ address, reservationId, peers }: Given, path: Path, { raw }: KindContext): Problem[] {
  const problems: Problem[] = [];
  if (reservationId !== undefined) {
    problems.push(
      problem(
        [...path, "reservationId"],
        "found a block of Equinix Metal with machines over SSH, expected none; set endpoint.address",
      ),
    );
  } else if (address === undefined) {
    problems.push(
      problem(
        [...path, "address"],
        'found none, expected the VIP; machines over SSH bring no address block. Choose one that your switches route, such as "192.0.2.10"',
      ),
    );
  }
  if (typeof peers === "string" && ["metadata", "metal-api"].includes(peers)) {
    problems.push(
      problem(
        [...path, "peers"],
        `found "${peers}" with machines over SSH, expected a list of neighbours; Equinix Metal alone knows those`,
      ),
    );
  }
  if (peers === undefined) {
    const without = givenHosts(raw).filter(
      ({ role, fields }) => role === "control-plane" && fields.peers === undefined,
    );
    const [first] = without;
    if (first !== undefined) {
      problems.push(
        problem(
          [...path, "peers"],
          `found none, and none for ${formatPath(first.path)}${without.length > 1 ? ` and ${without.length - 1} more` : ""}; expected a list of neighbours, such as [{ address: "10.0.0.1", as: 65001 }]`,
        ),
      );
    }
  }
  return problems;
}

function onEquinixMetal(
  { address, reservationId, peers, localAs }: Given,
  path: Path,
  { raw }: KindContext,
): Problem[] {
  const problems: Problem[] = [];
  if (reservationId !== undefined && address !== undefined) {
    problems.push(
      problem(
        [...path, "address"],
        "found reservationId too, expected one of the two; the block says its address itself",
      ),
    );
  }
  if (reservationId !== undefined && !adoptsProject(raw.machines)) {
    problems.push(
      problem(
        [...path, "reservationId"],
        "found a block with a new project, expected an existing project; a block belongs to one project, set machines.project.id",
      ),
    );
  }
  if (localAs !== undefined && !Array.isArray(peers)) {
    problems.push(
      problem(
        [...path, "localAs"],
        `found ${JSON.stringify(localAs)} without a list of peers, expected none; Equinix Metal's neighbours tell it`,
      ),
    );
  }
  return problems;
}

function sourceProblems(source: unknown, path: Path, { count }: KindContext): Problem[] {
  if (!isRecord(source)) return [];
  const { address, interface: name } = source;
  if ((address === undefined) === (name === undefined)) {
    return [
      problem(
        path,
        `found ${address === undefined ? "neither address nor interface" : "both address and interface"}, expected one of the two`,
      ),
    ];
  }
  // A router's id is its address: of two that share one, a switch refuses the second.
  return address !== undefined && count !== undefined && count > 1
    ? [
        problem(
          [...path, "address"],
          `found one address for ${count} machines, expected an interface; sessions from one address clash, and so do router ids`,
        ),
      ]
    : [];
}

/** A session with oneself, or with the address that the sessions are for. */
function peersOfOwn({ address, peers }: Given, path: Path, { raw }: KindContext): Problem[] {
  const hosts = givenHosts(raw);
  const lists = [
    { peers, path: [...path, "peers"] },
    ...hosts.map(({ fields, path }) => ({ peers: fields.peers, path: [...path, "peers"] })),
  ];
  return lists.flatMap(({ peers, path }) =>
    (Array.isArray(peers) ? (peers as unknown[]) : []).flatMap((peer, i) => {
      if (!isRecord(peer) || peer.address === undefined) return [];
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
