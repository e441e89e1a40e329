import { rowsWith, type ArgsOf, type SectionOf, type SpecOf } from "../values/kind";
import type { Reading } from "../values/section";
import { listed } from "../values/suggest";
import { equinixMetal } from "./equinix-metal";
import { equinixWorkers } from "./equinix-workers";
import { sshHosts } from "./ssh-hosts";

/** What the rules of configuration ask of a kind of machine; they never ask for its name. */
export interface MachineCapabilities {
  /** The kind's name, as a person says it. */
  readonly title: string;
  /** The same, to be written behind "machines": `on Equinix Metal`, `over SSH`. */
  readonly where: string;
  /** Machines are made, in a project, which takes an API token and a public key to put on them. */
  readonly rents: boolean;
  /** Machines may stand in one layer-2 network, so ARP, VRRP and routes by a neighbour's address may work. */
  readonly sharesLayer2: boolean;
  /** Why machines of this kind never share a layer-2 network, if they never do. */
  readonly apart?: string;
  /** Machines can be given a block of addresses for the VIP, so `endpoint.address` may be left out. */
  readonly bringsVip: boolean;
  /**
   * Something knows the machines' BGP neighbours, so `endpoint.peers` may be left out, or be `metadata` or `metal-api`.
   */
  readonly knowsNeighbours: boolean;
}

const row = rowsWith<MachineCapabilities>();

/** Where control-plane machines come from: `machines.kind`. */
export const MACHINE_KINDS = {
  "equinix-metal": row(equinixMetal, {
    title: "Equinix Metal",
    where: "on Equinix Metal",
    rents: true,
    sharesLayer2: false,
    apart: "each has a /31 of its own",
    bringsVip: true,
    knowsNeighbours: true,
  }),
  ssh: row(sshHosts, {
    title: "SSH",
    where: "over SSH",
    rents: false,
    sharesLayer2: true,
    bringsVip: false,
    knowsNeighbours: false,
  }),
} as const;

/** Where workers come from: `workers[].machines.kind`. MACHINE_KINDS says what each kind is capable of. */
export const WORKER_KINDS = { "equinix-metal": equinixWorkers, ssh: sshHosts } as const satisfies Partial<
  Record<keyof typeof MACHINE_KINDS, unknown>
>;

export type MachinesArgs = ArgsOf<typeof MACHINE_KINDS>;
export type MachinesSpec = SpecOf<typeof MACHINE_KINDS>;
export type MachinesSection = SectionOf<typeof MACHINE_KINDS>;
export type MachinesReading = Reading<MachinesSpec, MachinesSection>;
export type WorkerMachinesArgs = ArgsOf<typeof WORKER_KINDS>;
export type WorkerMachinesSpec = SpecOf<typeof WORKER_KINDS>;
export type WorkerMachinesSection = SectionOf<typeof WORKER_KINDS>;
export type WorkerMachinesReading = Reading<WorkerMachinesSpec, WorkerMachinesSection>;

/** What machines of a section are capable of; undefined when the section's kind does not exist. */
export const capabilitiesOf = ({
  partial,
}: MachinesReading | WorkerMachinesReading): MachineCapabilities | undefined =>
  partial.kind === undefined ? undefined : MACHINE_KINDS[partial.kind];

/** The kinds that have a capability, as messages name them. */
export const titlesOf = (capability: "bringsVip" | "knowsNeighbours"): string =>
  listed(Object.values<MachineCapabilities>(MACHINE_KINDS).flatMap(kind => (kind[capability] ? [kind.title] : [])));
