import { z } from "zod";
import { checkedText, expecting, flag, oneOf, whole } from "../values/forms";
import { addressProblem } from "../values/addresses";
import { isLabel } from "../values/names";
import { SSH_PORT } from "../values/ports";
import { describe, problem, type Path, type Problem } from "../values/problems";
import type { Partly } from "../values/section";

/** A further port that the balancers front besides the API's: TCP, passed on as it is. */
export interface FrontendArgs {
  /** Its name, a DNS label. */
  name: string;
  /** TCP port at the VIP, 1 to 65535. */
  port: number;
  /**
   * Where its connections go: every worker, every control-plane machine (both are followed as they come and go), or
   * these hosts, each an IPv4 address and a port.
   * @example ["10.0.0.50:5000", "10.0.0.51:5000"]
   */
  targets: "workers" | "controlPlane" | string[];
  /**
   * TCP port at the machines, where `targets` is a word.
   * @default the frontend's own port
   */
  targetPort?: number;
  /**
   * Whether a target is left out while it refuses connections, asked once a second.
   * @default true
   */
  check?: boolean;
}

/** The complete form of {@link FrontendArgs}. */
export interface FrontendSpec {
  readonly name: string;
  readonly port: number;
  /** A word of {@link TARGETS}, or `address:port` each. */
  readonly targets: (typeof TARGETS)[number] | readonly string[];
  /** Absent: the frontend's own. */
  readonly targetPort?: number;
  readonly check: boolean;
}

/** The machines of the cluster that a frontend may lead to. */
export const TARGETS = ["workers", "controlPlane"] as const;

const HOST = 'an IPv4 address and a port, such as "10.0.0.50:5000"';

function hostProblem(text: string): string | undefined {
  const [, address = "", port = ""] = /^([^:]+):(\d{1,5})$/.exec(text) ?? [];
  return addressProblem(address) === undefined && Number(port) >= 1 && Number(port) <= 65535
    ? undefined
    : `found ${describe(text)}, expected ${HOST}`;
}

const FIELDS = {
  name: checkedText("a name, a DNS label", name =>
    isLabel(name) ? undefined : `found ${describe(name)}, expected a DNS label: a-z, 0-9 and inner "-"`,
  ),
  port: whole("a TCP port", 1, 65535),
  targetPort: whole("a TCP port", 1, 65535).optional(),
  check: flag().default(true),
};
const targets = z.union([oneOf(TARGETS), z.array(checkedText(HOST, hostProblem))], {
  errorMap: (issue, { data, defaultError }) => ({
    // Of a list, what is wrong with each host is told by itself.
    message:
      issue.code === "invalid_union"
        ? `found ${describe(data)}, expected ${TARGETS.join(", ")} or a list of hosts, each ${HOST}`
        : defaultError,
  }),
});

export const frontendsSchema = z
  .array(z.object({ ...FIELDS, targets }).strict(), expecting("a list of frontends, each with name, port and targets"))
  .default([]);

/** Ports that something else at the balancers has, by what has it. */
export type OwnPorts = ReadonlyMap<number, string>;

/** What the balancers themselves listen at. */
export const ownPorts = (
  port: number | undefined,
  statistics: number | undefined,
  sshPorts: readonly (number | undefined)[],
): OwnPorts =>
  new Map([
    ...[SSH_PORT, ...sshPorts].flatMap(ssh => (ssh === undefined ? [] : [[ssh, "sshd"] as const])),
    ...(statistics === undefined ? [] : [[statistics, "endpoint.statistics"] as const]),
    ...(port === undefined ? [] : [[port, "endpoint.port"] as const]),
  ]);

type FrontendSection = Partly<readonly z.output<typeof frontendsSchema>[number][]>;

/** Names and ports that are given twice, ports of something else, and lists of hosts that lead nowhere or in a circle. */
export function frontendProblems(
  frontends: FrontendSection | undefined,
  { own, balancers }: { readonly own: OwnPorts; readonly balancers: readonly string[] },
  path: Path,
): Problem[] {
  const all = frontends ?? [];
  return all.flatMap((frontend, i) => {
    const at = (field: string) => [...path, i, field];
    const { name, port, targets, targetPort } = frontend;
    const named = all.findIndex(other => name !== undefined && other.name === name);
    const before = all.findIndex(other => port !== undefined && other.port === port);
    const owner = port === undefined ? undefined : own.get(port);
    return [
      ...(name === undefined || named === i
        ? []
        : [problem(at("name"), `found "${name}", the name of frontends[${named}] too; expected another`)]),
      ...(owner === undefined
        ? []
        : [problem(at("port"), `found ${port}, the port of ${owner}; expected one that nothing else has`)]),
      ...(port === undefined || before === i
        ? []
        : [problem(at("port"), `found ${port}, the port of frontends[${before}] too; expected another`)]),
      ...(Array.isArray(targets) ? listProblems(targets as readonly (string | undefined)[], at("targets")) : []),
      ...(Array.isArray(targets) && targetPort !== undefined
        ? [
            problem(
              at("targetPort"),
              `found ${targetPort} with a list of hosts, expected none; each host has its port in the list`,
            ),
          ]
        : []),
      ...circles(targets, balancers, at("targets")),
    ];
  });
}

function listProblems(hosts: readonly (string | undefined)[], path: Path): Problem[] {
  if (hosts.length === 0) return [problem(path, "found an empty list, expected one host or more")];
  return hosts.flatMap((host, i) =>
    host === undefined || hosts.indexOf(host) === i
      ? []
      : [problem([...path, i], `found "${host}" twice, expected each host once`)],
  );
}

/** Hosts that are the balancers themselves: a connection would go round until no port is left. */
const circles = (targets: unknown, balancers: readonly string[], path: Path): Problem[] =>
  (Array.isArray(targets) ? (targets as readonly (string | undefined)[]) : []).flatMap((host, i) => {
    const address = host?.split(":")[0];
    return address !== undefined && balancers.includes(address)
      ? [problem([...path, i], `found "${host}", at the balancers themselves; expected a host behind them`)]
      : [];
  });
