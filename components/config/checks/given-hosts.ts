import * as pulumi from "@pulumi/pulumi";
import type { Role } from "../../../cloud-init/contract/identity";
import type { EndpointReading } from "../endpoint/endpoint-kinds";
import type { HostSection } from "../machines/hosts";
import type { MachinesReading } from "../machines/machine-kinds";
import type { PoolReading } from "../machines/workers";
import type { LateText } from "../values/forms";
import type { Path } from "../values/problems";
import type { Partly } from "../values/section";

/** A machine that the configuration names, with its good fields; rules between sections look at all machines. */
export interface GivenHost {
  readonly role: Role;
  readonly path: Path;
  /** The fields that are known now. */
  readonly fields: KnownFields;
  /** The fields that become known when another resource has been made. */
  readonly late: { readonly [K in LateField]?: pulumi.Output<string> };
  /** Whether the configuration says anything of a field, good or bad. */
  readonly says: (field: keyof HostSection) => boolean;
}

type LateField = "address" | "sshHost" | "hostKey" | "bastionHost";
type KnownFields = Pick<Partly<HostSection>, "name" | "port" | "peers"> & { readonly [K in LateField]?: string };

interface Sections {
  readonly machines: MachinesReading;
  readonly pools: readonly PoolReading[];
  readonly endpoint: EndpointReading;
}

/** Control plane first, then workers by pool, then balancers. */
export const givenHosts = ({ machines, pools, endpoint }: Sections): GivenHost[] => [
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
  return hosts.map(({ name, port, peers, address, sshHost, hostKey, bastion }, i) => {
    const texts = { address, sshHost, hostKey, bastionHost: bastion?.host };
    return {
      role,
      path: [...path, "hosts", i],
      fields: { name, port, peers, ...only(texts, text => typeof text === "string") },
      late: only(texts, text => pulumi.Output.isInstance(text)),
      says: field => says("hosts", i, field),
    };
  });
}

const only = <T extends LateText>(
  texts: { readonly [K in LateField]?: LateText },
  wanted: (text: LateText) => boolean,
): { readonly [K in LateField]?: T } =>
  Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined && wanted(text)));
