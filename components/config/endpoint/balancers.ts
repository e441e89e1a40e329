import { z } from "zod";
import type { Kind } from "../values/kind";
import { API_PORT, portProblems, tcpPort } from "../values/ports";
import { problem, type Path, type Problem } from "../values/problems";
import { isRecord, judged, readSection, says, type Partly, type Reading } from "../values/section";
import { SSH, sshHosts, type SshHostsArgs, type SshHostsSection, type SshHostsSpec } from "../machines/ssh-hosts";
import { frontendProblems, frontendsSchema, ownPorts, type FrontendArgs, type FrontendSpec } from "./frontends";
import { observedProblems } from "./observed";
import { completeVrrp, VRRP_FIELDS, vrrpProblems, type VrrpArgs, type VrrpSpec } from "./vrrp";

/**
 * The VIP held by two further machines, with keepalived and a balancer on each; they follow the control plane as it
 * grows and shrinks. Both in one layer-2 network, from which every API server can be reached.
 */
export interface BalancersArgs extends VrrpArgs {
  kind: "balancers";
  /** The two machines. */
  machines: SshHostsArgs;
  /**
   * TCP port at the VIP.
   * @default 6443
   */
  port?: number;
  /**
   * TCP port of the API servers.
   * @default 6443
   */
  apiServerPort?: number;
  /**
   * Further ports that the pair fronts besides the API's, with HAProxy: an ingress on the workers, a registry beside the
   * cluster. An edit reaches running balancers by a reload, which costs no connection.
   * @default []
   * @example [{ name: "https", port: 443, targets: "workers", targetPort: 30443 }]
   */
  frontends?: FrontendArgs[];
}

/** The complete form of {@link BalancersArgs}. */
export interface BalancersSpec extends VrrpSpec {
  readonly kind: "balancers";
  readonly machines: SshHostsSpec;
  readonly port: number;
  readonly apiServerPort: number;
  readonly frontends: readonly FrontendSpec[];
}

const PAIR = 2;

const schema = z
  .object({
    kind: z.literal("balancers"),
    ...VRRP_FIELDS,
    machines: z.unknown(),
    port: tcpPort(API_PORT),
    apiServerPort: tcpPort(API_PORT),
    frontends: frontendsSchema,
  })
  .strict();

type Section = Omit<z.output<typeof schema>, "machines"> & { machines: SshHostsSection };

export const balancers: Kind<BalancersArgs, BalancersSpec, Section> = {
  example: {
    kind: "balancers",
    address: "10.0.0.10",
    virtualRouterId: 51,
    machines: {
      kind: SSH,
      hosts: [
        {
          name: "lb-a",
          address: "10.0.0.8",
          hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI",
        },
        {
          name: "lb-b",
          address: "10.0.0.9",
          hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJ",
        },
      ],
    },
  },
  read(raw, path) {
    const reading = readSection(schema, raw, path);
    const machines = readPair(reading.partial.machines, [...path, "machines"]);
    const { value, partial, problems, says } = judged(
      reading,
      [
        ...machines.problems,
        ...vrrpProblems(reading, path),
        ...portProblems(reading.partial.apiServerPort, [...path, "apiServerPort"]),
        ...furtherProblems({ ...reading.partial, machines: machines.partial }, path),
      ],
      completeVrrp,
    );
    return {
      ...(value === undefined || machines.value === undefined ? {} : { value: { ...value, machines: machines.value } }),
      partial: { ...partial, machines: machines.partial },
      problems,
      says,
    };
  },
};

/** What the pair fronts and shows besides the API. */
function furtherProblems(
  {
    frontends,
    machines,
    ...section
  }: Partly<Omit<Section, "machines">> & { readonly machines: Partly<SshHostsSection> },
  path: Path,
): Problem[] {
  const { port, address, statistics, balancer } = section;
  const hosts = machines.hosts ?? [];
  const ssh = hosts.map(host => host.port);
  const own = [address, ...hosts.map(host => host.address)];
  return [
    ...observedProblems(section, ownPorts(port, undefined, ssh), path),
    ...(balancer === "nginx" && (frontends?.length ?? 0) > 0
      ? [problem([...path, "frontends"], "found some with the balancer nginx, expected none; HAProxy alone has them")]
      : []),
    ...frontendProblems(
      frontends,
      {
        own: ownPorts(port, statistics?.port, ssh),
        balancers: own.filter((one): one is string => typeof one === "string"),
      },
      [...path, "frontends"],
    ),
  ];
}

function readPair(raw: unknown, path: Path): Reading<SshHostsSpec, SshHostsSection> {
  if (!isRecord(raw) || raw.kind !== SSH) {
    const reason = `found no machines of kind ${SSH}, expected two that exist; balancers are not rented`;
    return { partial: {}, problems: [problem(path, reason)], says: says(raw) };
  }
  const reading = sshHosts.read(raw, path);
  const count = reading.partial.hosts?.length ?? PAIR;
  if (count === PAIR || count === 0) return reading;
  const reason = `found ${count}, expected exactly two machines: one holds the VIP, the other stands by`;
  return { ...reading, problems: [...reading.problems, problem([...path, "hosts"], reason)] };
}
