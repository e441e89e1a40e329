/** Operating systems that the rack's machines can boot, by the slug that a rented machine's configuration names. */
export const MACHINE_SYSTEMS = {
  debian_12: { title: "Debian 12", suite: "bookworm" },
  debian_13: { title: "Debian 13", suite: "trixie" },
} as const;

export type MachineSystem = keyof typeof MACHINE_SYSTEMS;

/** What machines boot unless a stack's file or a request says otherwise. */
export const DEFAULT_SYSTEM: MachineSystem = "debian_12";

export const isMachineSystem = (slug: unknown): slug is MachineSystem =>
  typeof slug === "string" && slug in MACHINE_SYSTEMS;
