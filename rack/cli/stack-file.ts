import * as fs from "node:fs";
import * as path from "node:path";
import { isCollection, parse, parseDocument } from "yaml";
import { DEFAULT_KUBERNETES_VERSION } from "../../cloud-init/kubernetes-versions";
import { CLOUD_CONTROLLER_IMAGE } from "../../components/config/cloud-provider/equinix-metal";
import { CLOUD_PROVIDER_IMAGE } from "../../components/config/services/addresses";
import { DEFAULT_SYSTEM, isMachineSystem, MACHINE_SYSTEMS, type MachineSystem } from "../machines/systems";
import { FURTHER_KUBERNETES } from "../mirrors";
import { OPERATING_SYSTEMS } from "../metal-api/catalog";
import { REPOSITORY } from "./paths";

/** What the rack reads in a stack file: which machines it has to have, and what holds the endpoint. */
export interface StackFile {
  readonly text: string;
  /** Machines that exist; none where all are rented. */
  readonly hosts: readonly StackHost[];
  readonly endpoint: StackEndpoint;
  /** How Services are announced, if they are. */
  readonly services?: StackServices;
  /** Whether there is an external cloud provider, whose controller has an API token. */
  readonly cloudProvider: boolean;
  /** What connects pods, so that Nodes become Ready: `network.kind`. */
  readonly network: string;
  /**
   * Images besides the usual ones: of what holds the VIP and announces Services, as far as the file asks for others, and
   * `rack:images`.
   */
  readonly images: readonly string[];
  /** Where the file names a store of backups that speaks S3. */
  readonly s3: readonly FilePath[];
  /** What is installed on the machines that exist: `rack:operatingSystem`. */
  readonly system: MachineSystem;
  /** Every operating system that the stack's machines boot. */
  readonly systems: readonly MachineSystem[];
  /** The version of Kubernetes that the cluster is to have, whether the program takes it or not. */
  readonly kubernetesVersion: string;
  /** Versions of Kubernetes that the mirrors have besides the usual one: `rack:kubernetesVersion`. */
  readonly kubernetesVersions: readonly string[];
}

export interface StackHost {
  readonly name: string;
  readonly address: string;
  readonly role: "control-plane" | "worker" | "balancer";
  /** Whether the file has anything as its host key, good or bad. */
  readonly keyed: boolean;
  /** Where it stands in the file. */
  readonly path: FilePath;
}

export interface StackEndpoint {
  readonly kind: string;
  readonly address?: string;
  readonly port: number;
  readonly apiServerPort: number;
  /** Whether the file asks for VRRP version 2, which has a password. */
  readonly vrrpPassword: boolean;
  /** Whether the file asks for BFD on the BGP sessions. */
  readonly bfd: boolean;
  /** Addresses of explicit BGP peers. */
  readonly peers: readonly string[];
}

export interface StackServices {
  readonly kind: string;
  /** Ranges of addresses that Services get. */
  readonly addresses: readonly string[];
  /** Whether a block of addresses is reserved for them. */
  readonly reserves: boolean;
}

export type FilePath = readonly (string | number)[];

/** Where stack files are looked for: a folder of the caller's (to try an edit without making it) instead of the rack's own; then the examples. */
const folders = (): string[] => [
  process.env.RACKPLANE_STACKS ?? path.join(REPOSITORY, "rack/stacks"),
  path.join(REPOSITORY, "examples"),
];

/**
 * A stack's file: the rack's, one of the folder that RACKPLANE_STACKS names, or an example.
 *
 * @throws Error naming the stack files there are, when the stack has none
 */
export function readStackFile(stack: string, within: readonly string[] = folders()): StackFile {
  const file = within.map(folder => path.join(folder, `${stack}.yaml`)).find(candidate => fs.existsSync(candidate));
  if (file === undefined) {
    throw new Error(`--stack ${stack}: found no ${stack}.yaml, expected one of: ${stackNames(within).join(", ")}`);
  }
  return stackFile(fs.readFileSync(file, "utf8"));
}

/** Every stack that has a file there. */
export const stackNames = (within: readonly string[] = folders()): string[] =>
  within.flatMap(folder => fs.readdirSync(folder).flatMap(file => /^(.+)\.yaml$/.exec(file)?.[1] ?? []));

interface Section {
  readonly kind?: string;
  readonly operatingSystem?: unknown;
  readonly hosts?: readonly { name?: unknown; address?: unknown }[];
}

/** Pure. The program's own parser judges a stack file; here, what is not understood is left out. */
export function stackFile(text: string): StackFile {
  const { config = {} } = (parse(text) ?? {}) as { config?: Record<string, unknown> };
  const workers = list<{ machines?: Section }>(config["rackplane:workers"]);
  const endpoint = config["rackplane:endpoint"] as
    | (Partial<Omit<StackEndpoint, "peers" | "vrrpPassword" | "bfd">> & {
        vrrpVersion?: unknown;
        speaker?: unknown;
        bfd?: { enabled?: unknown };
        machines?: Section;
        peers?: unknown;
        image?: string;
      })
    | undefined;
  const services = servicesOf(config["rackplane:services"]);
  const version = config["rackplane:kubernetesVersion"];
  const cloudProvider = typeof (config["rackplane:cloudProvider"] as Section | undefined)?.kind === "string";
  const system = machineSystem(config["rack:operatingSystem"]);
  const hosts = [
    ...hostsIn("control-plane", config["rackplane:machines"], ["config", "rackplane:machines"]),
    ...workers.flatMap((pool, i) => hostsIn("worker", pool?.machines, ["config", "rackplane:workers", i, "machines"])),
    ...hostsIn("balancer", endpoint?.machines, ["config", "rackplane:endpoint", "machines"]),
  ];
  const rented = [config["rackplane:machines"], ...workers.map(pool => pool?.machines)].flatMap(systemRented);
  const port = endpoint?.port ?? 6443;
  const kind = endpoint?.kind ?? "kube-vip-bgp";
  return {
    text,
    hosts,
    system,
    kubernetesVersion: typeof version === "string" ? version : DEFAULT_KUBERNETES_VERSION,
    kubernetesVersions: kubernetesVersions(config["rack:kubernetesVersion"]),
    systems: [...new Set([...rented, ...(hosts.length > 0 ? [system] : [])])],
    ...(services === undefined ? {} : { services }),
    cloudProvider,
    s3: s3Stores(config),
    network: (config["rackplane:network"] as { kind?: string } | undefined)?.kind ?? "flannel",
    images: [
      ...(endpoint?.image === undefined ? [] : [endpoint.image]),
      ...(services !== undefined && (services.reserves || services.addresses.length > 0) ? [CLOUD_PROVIDER_IMAGE] : []),
      ...(cloudProvider ? [CLOUD_CONTROLLER_IMAGE] : []),
      ...list<unknown>(config["rack:images"]).map(String),
    ],
    endpoint: {
      kind,
      port,
      ...(endpoint?.address === undefined ? {} : { address: endpoint.address }),
      apiServerPort:
        endpoint?.apiServerPort ??
        (kind === "keepalived" ? 6444 : kind === "balancers" || kind === "external" ? 6443 : port),
      vrrpPassword: endpoint?.vrrpVersion === 2,
      bfd: endpoint?.speaker === "bird" && endpoint.bfd?.enabled !== false,
      peers: list<{ address?: unknown }>(endpoint?.peers).map(peer => String(peer?.address)),
    },
  };
}

function servicesOf(section: unknown): StackServices | undefined {
  const { kind, addresses, reserve } = (section ?? {}) as { kind?: unknown; addresses?: unknown; reserve?: unknown };
  return typeof kind === "string"
    ? { kind, addresses: list<unknown>(addresses).map(String), reserves: reserve !== undefined }
    : undefined;
}

/** Stores of `backups.to` and of `restore.from`. */
function s3Stores(config: Record<string, unknown>): FilePath[] {
  const { to } = (config["rackplane:backups"] ?? {}) as { to?: unknown };
  const { from } = (config["rackplane:restore"] ?? {}) as { from?: Section };
  return [
    ...list<Section>(to).flatMap((store, i) => (store?.kind === "s3" ? [["rackplane:backups", "to", i]] : [])),
    ...(from?.kind === "s3" ? [["rackplane:restore", "from"]] : []),
  ];
}

/** What is written where a list belongs may be anything, and so may its entries. */
const list = <T>(value: unknown): readonly (T | null | undefined)[] => (Array.isArray(value) ? (value as T[]) : []);

/** @throws Error for a system of which the rack has no image */
function machineSystem(slug: unknown = DEFAULT_SYSTEM): MachineSystem {
  if (isMachineSystem(slug)) return slug;
  throw new Error(
    `rack:operatingSystem: found ${JSON.stringify(slug)}, expected one of ${Object.keys(MACHINE_SYSTEMS).join(", ")}`,
  );
}

/** @throws Error for a version that the rack does not build */
function kubernetesVersions(version: unknown): string[] {
  if (version === undefined) return [];
  const known = FURTHER_KUBERNETES.filter(candidate => candidate === version);
  if (known.length > 0) return known;
  throw new Error(
    `rack:kubernetesVersion: found ${JSON.stringify(version)}, expected one of ${FURTHER_KUBERNETES.join(", ")}`,
  );
}

/** What a section's rented machines boot, as the rack's Metal API decides it. */
function systemRented(section: unknown): MachineSystem[] {
  const { kind, operatingSystem } = (section ?? {}) as Section;
  if (kind !== "equinix-metal") return [];
  return [OPERATING_SYSTEMS.find(({ slug }) => slug === operatingSystem)?.boots ?? DEFAULT_SYSTEM];
}

function hostsIn(role: StackHost["role"], section: unknown, at: FilePath): StackHost[] {
  const { kind, hosts } = (section ?? {}) as Section;
  if (kind !== "ssh") return [];
  return list<{ name?: unknown; address?: unknown; hostKey?: unknown }>(hosts).map((host, i) => ({
    name: String(host?.name),
    address: String(host?.address),
    role,
    keyed: host?.hostKey !== undefined,
    path: [...at, "hosts", i],
  }));
}

/** The file's values as Pulumi hands them to the program: text as it is, everything else as JSON. Pure. */
export function programConfig(text: string): Record<string, string> {
  const { config } = (parse(text) ?? {}) as { config?: Record<string, unknown> | null };
  return Object.fromEntries(
    Object.entries(config ?? {}).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}

/** The file's text with values put into it; its comments stay. Pure. */
export function withValues(
  text: string,
  values: readonly { readonly path: FilePath; readonly value: string }[],
): string {
  const document = parseDocument(text);
  for (const { path, value } of values) {
    const section = document.getIn(path.slice(0, -1));
    // What is no section where one belongs has no room for a value; the program refuses it by its name.
    if (section === undefined || isCollection(section)) document.setIn(path, value);
  }
  return document.toString({ lineWidth: 0 });
}

/**
 * The text with each host's key, by the host's name; as it is where it has a key for any of them: what a person wrote is
 * the program's to judge, and so is what is missing beside it. @throws Error naming hosts that have none
 */
export function withHostKeys(file: StackFile, keys: ReadonlyMap<string, string>): string {
  if (file.hosts.some(({ keyed }) => keyed)) return file.text;
  const missing = file.hosts.filter(({ name }) => !keys.has(name)).map(({ name }) => name);
  if (missing.length > 0)
    throw new Error(
      `machines ${missing.join(", ")}: found none of these in the rack, expected all that the stack names; ./rackplane up --stack makes them`,
    );
  return withValues(
    file.text,
    file.hosts.map(({ name, path }) => ({ path: [...path, "hostKey"], value: keys.get(name) as string })),
  );
}
