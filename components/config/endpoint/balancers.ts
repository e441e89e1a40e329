import { z } from "zod";
import type { Kind } from "../values/kind";
import { API_PORT, portProblems, tcpPort } from "../values/ports";
import { problem, type Path } from "../values/problems";
import { isRecord, judged, readSection, says, type Reading } from "../values/section";
import { SSH, sshHosts, type SshHostsArgs, type SshHostsSection, type SshHostsSpec } from "../machines/ssh-hosts";
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
    port: tcpPort(API_PORT),
    apiServerPort: tcpPort(API_PORT),
  })
  .strict();

type Section = Omit<z.output<typeof schema>, "machines"> & { machines: SshHostsSection };

export const balancers: Kind<BalancersArgs, BalancersSpec, Section> = {
  example: {
    kind: "balancers",
    address: "10.0.0.10",
    virtualRouterId: 51,
    password: "k8sapi01",
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
      [...machines.problems, ...portProblems(reading.partial.apiServerPort, [...path, "apiServerPort"])],
      section => section,
    );
    return {
      ...(value === undefined || machines.value === undefined ? {} : { value: { ...value, machines: machines.value } }),
      partial: { ...partial, machines: machines.partial },
      problems,
      says,
    };
  },
};

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
