import { z } from "zod";
import type { Kind } from "../kind";
import { portProblems } from "../values/ports";
import { problem, type Path, type Problem } from "../values/problems";
import { isRecord, readSection } from "../values/section";
import { sshHosts, type SshHostsArgs, type SshHostsSpec } from "../machines/ssh-hosts";
import { whole } from "../values/forms";
import { subnetProblems, vipProblems } from "./vip";
import { VRRP_FIELDS, type VrrpArgs, type VrrpSpec } from "./vrrp";

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
}

/** The complete form of {@link BalancersArgs}. */
export interface BalancersSpec extends VrrpSpec {
  readonly kind: "balancers";
  readonly machines: SshHostsSpec;
  readonly port: number;
  readonly apiServerPort: number;
}

const PAIR = 2;

const schema = z
  .object({
    kind: z.literal("balancers"),
    ...VRRP_FIELDS,
    machines: z.unknown(),
    port: whole("a TCP port", 1, 65535).default(6443),
    apiServerPort: whole("a TCP port", 1, 65535).default(6443),
  })
  .strict();

export const balancers: Kind<BalancersArgs, BalancersSpec> = {
  example: {
    kind: "balancers",
    address: "10.0.0.10",
    virtualRouterId: 51,
    password: "k8sapi01",
    machines: {
      kind: "ssh",
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
  read(raw, path, context) {
    const { value, partial, problems: found } = readSection(schema, raw, path);
    const machines = readPair(isRecord(raw) ? raw.machines : undefined, [...path, "machines"], context);
    const problems = [
      ...found,
      ...machines.problems,
      ...portProblems(partial?.apiServerPort, [...path, "apiServerPort"]),
      ...vipProblems(partial?.address, path, context),
      ...subnetProblems(partial?.address, raw, path, context, "balancer"),
    ];
    return value === undefined || machines.value === undefined || problems.length > 0
      ? { problems }
      : { value: { ...value, machines: machines.value }, problems };
  },
};

function readPair(
  raw: unknown,
  path: Path,
  context: Parameters<typeof sshHosts.read>[2],
): ReturnType<typeof sshHosts.read> {
  if (!isRecord(raw) || raw.kind !== "ssh") {
    return {
      problems: [problem(path, "found no machines of kind ssh, expected two that exist; balancers are not rented")],
    };
  }
  const read = sshHosts.read(raw, path, context);
  const hosts = Array.isArray(raw.hosts) ? raw.hosts.length : PAIR;
  const count: Problem[] =
    hosts === PAIR || hosts === 0
      ? []
      : [
          problem(
            [...path, "hosts"],
            `found ${hosts}, expected exactly two machines: one holds the VIP, the other stands by`,
          ),
        ];
  return { ...read, problems: [...read.problems, ...count] };
}
