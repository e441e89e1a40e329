import type { Role } from "../../../cloud-init/node-spec";
import type { HostSection } from "../machines/hosts";
import type { Path } from "../values/problems";
import type { Partly } from "../values/section";
import type { Given } from "./given";

/** A machine that the configuration names, as far as it is good: questions that cross sections look at all of them. */
export interface GivenHost {
  readonly role: Role;
  readonly path: Path;
  readonly fields: Partly<HostSection>;
  /** Whether the configuration says anything of a field, good or bad. */
  readonly says: (field: keyof HostSection) => boolean;
}

/** Control plane first, then workers by pool, then balancers. */
export const givenHosts = ({ machines, pools, endpoint }: Given): GivenHost[] => [
  ...hostsIn("control-plane", machines, ["machines"]),
  ...pools.flatMap(({ machines }, i) =>
    machines === undefined ? [] : hostsIn("worker", machines, ["workers", i, "machines"]),
  ),
  ...("machines" in endpoint.partial
    ? hostsIn(
        "balancer",
        { partial: endpoint.partial.machines ?? {}, says: (...path) => endpoint.says("machines", ...path) },
        ["endpoint", "machines"],
      )
    : []),
];

interface Machines {
  readonly partial: object;
  readonly says: (...path: Path) => boolean;
}

function hostsIn(role: Role, { partial, says }: Machines, path: Path): GivenHost[] {
  const hosts = "hosts" in partial ? (partial.hosts as readonly Partly<HostSection>[]) : [];
  return hosts.map((fields, i) => ({
    role,
    path: [...path, "hosts", i],
    fields,
    says: field => says("hosts", i, field),
  }));
}
