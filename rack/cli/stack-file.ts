import * as fs from "node:fs";
import * as path from "node:path";
import { parse, parseDocument } from "yaml";
import { REPOSITORY } from "./paths";

/** What the rack reads in a stack file: which machines it has to have, and what holds the endpoint. */
export interface StackFile {
  readonly text: string;
  /** Machines that exist; none where all are rented. */
  readonly hosts: readonly StackHost[];
  readonly endpoint: StackEndpoint;
}

export interface StackHost {
  readonly name: string;
  readonly address: string;
  readonly role: "control-plane" | "worker" | "balancer";
  /** Where it stands in the file. */
  readonly path: FilePath;
}

export interface StackEndpoint {
  readonly kind: string;
  readonly address?: string;
  readonly port: number;
  readonly apiServerPort: number;
  /** Addresses of explicit BGP peers. */
  readonly peers: readonly string[];
}

export type FilePath = readonly (string | number)[];

/**
 * A stack's file: the repository's, or one of a folder that RACKPLANE_STACKS names, to try an edit without making it.
 *
 * @throws Error naming the stack files there are, when the stack has none
 */
export function readStackFile(stack: string, folder = process.env.RACKPLANE_STACKS ?? REPOSITORY): StackFile {
  const file = path.join(folder, `Pulumi.${stack}.yaml`);
  if (!fs.existsSync(file)) {
    const known = fs.readdirSync(folder).flatMap(f => /^Pulumi\.(.+)\.yaml$/.exec(f)?.[1] ?? []);
    throw new Error(`--stack ${stack}: found no Pulumi.${stack}.yaml, expected one of: ${known.join(", ")}`);
  }
  return stackFile(fs.readFileSync(file, "utf8"));
}

interface Section {
  readonly kind?: string;
  readonly hosts?: readonly { name?: unknown; address?: unknown }[];
}

/** Pure. The program's own parser judges a stack file; here, what is not understood is left out. */
export function stackFile(text: string): StackFile {
  const { config = {} } = (parse(text) ?? {}) as { config?: Record<string, unknown> };
  const workers = config["rackplane:workers"] as readonly { machines?: Section }[] | undefined;
  const endpoint = config["rackplane:endpoint"] as (Partial<Omit<StackEndpoint, "peers">> & { machines?: Section; peers?: unknown }) | undefined;
  const port = endpoint?.port ?? 6443;
  const kind = endpoint?.kind ?? "kube-vip-bgp";
  return {
    text,
    hosts: [
      ...hostsIn("control-plane", config["rackplane:machines"], ["config", "rackplane:machines"]),
      ...(workers ?? []).flatMap((pool, i) => hostsIn("worker", pool.machines, ["config", "rackplane:workers", i, "machines"])),
      ...hostsIn("balancer", endpoint?.machines, ["config", "rackplane:endpoint", "machines"]),
    ],
    endpoint: {
      kind, port,
      ...(endpoint?.address === undefined ? {} : { address: endpoint.address }),
      apiServerPort: endpoint?.apiServerPort ?? (kind === "keepalived" ? 6444 : kind === "balancers" || kind === "external" ? 6443 : port),
      peers: Array.isArray(endpoint?.peers) ? (endpoint.peers as { address: string }[]).map(({ address }) => address) : [],
    },
  };
}

function hostsIn(role: StackHost["role"], section: unknown, at: FilePath): StackHost[] {
  const { kind, hosts = [] } = (section ?? {}) as Section;
  if (kind !== "ssh") return [];
  return hosts.map(({ name, address }, i) => ({ name: String(name), address: String(address), role, path: [...at, "hosts", i] }));
}

/** The file's text with values put into it; its comments stay. Pure. */
export function withValues(text: string, values: readonly { readonly path: FilePath; readonly value: string }[]): string {
  const document = parseDocument(text);
  for (const { path, value } of values) document.setIn(path, value);
  return document.toString({ lineWidth: 0 });
}

/** The text with each host's key, by the host's name. @throws Error naming hosts without one */
export function withHostKeys(file: StackFile, keys: ReadonlyMap<string, string>): string {
  const missing = file.hosts.filter(({ name }) => !keys.has(name)).map(({ name }) => name);
  if (missing.length > 0) throw new Error(`machines ${missing.join(", ")}: found none of these in the rack, expected all that the stack names; ./rackplane up --stack makes them`);
  return withValues(file.text, file.hosts.map(({ name, path }) => ({ path: [...path, "hostKey"], value: keys.get(name) as string })));
}
