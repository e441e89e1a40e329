import { createHash } from "node:crypto";
import type { MachineSystem } from "../machines/systems";
import { unprocessable } from "./errors";

/** What the rack sells: a few of the public catalogue's entries, enough to ask for in every way. */

export interface Metro {
  readonly code: string;
  readonly name: string;
  readonly country: string;
  /** The one facility of the metro. */
  readonly facility: string;
  /** An old site: one BGP peer, the private gateway itself, without multihop. */
  readonly legacy: boolean;
}

export const METROS: readonly Metro[] = [
  { code: "sv", name: "Silicon Valley", country: "US", facility: "sv15", legacy: false },
  { code: "da", name: "Dallas", country: "US", facility: "da11", legacy: false },
  { code: "am", name: "Amsterdam", country: "NL", facility: "am6", legacy: false },
  { code: "ny", name: "New York", country: "US", facility: "ny5", legacy: true },
];

export const PLANS = [
  "c3.small.x86",
  "c3.medium.x86",
  "m3.small.x86",
  "m3.large.x86",
  "n3.xlarge.x86",
  "s3.xlarge.x86",
] as const;

export interface OperatingSystem {
  readonly slug: string;
  readonly name: string;
  readonly distro: string;
  readonly version: string;
  /** What the rack's machine boots; absent: the default, since the rack has no image of Ubuntu. */
  readonly boots?: MachineSystem;
}

export const OPERATING_SYSTEMS: readonly OperatingSystem[] = [
  { slug: "ubuntu_22_04", name: "Ubuntu 22.04 LTS", distro: "ubuntu", version: "22.04" },
  { slug: "ubuntu_24_04", name: "Ubuntu 24.04 LTS", distro: "ubuntu", version: "24.04" },
  { slug: "ubuntu_26_04", name: "Ubuntu 26.04 LTS", distro: "ubuntu", version: "26.04" },
  { slug: "debian_12", name: "Debian 12", distro: "debian", version: "12", boots: "debian_12" },
  { slug: "debian_13", name: "Debian 13", distro: "debian", version: "13", boots: "debian_13" },
];

/** The metro with this code. Case does not matter, and answers carry the lower-case code. */
export function metroByCode(code: string): Metro {
  const metro = METROS.find(known => known.code === code.toLowerCase());
  if (metro === undefined)
    throw unprocessable(`${code} is not a valid metro; the rack has ${METROS.map(m => m.code).join(", ")}`);
  return metro;
}

/** The metro of a facility that is known to exist: one read back from a record. */
export function metroOf(facility: string): Metro {
  const metro = METROS.find(known => known.facility === facility);
  if (metro === undefined)
    throw unprocessable(`${facility} is not a valid facility; the rack has ${METROS.map(m => m.facility).join(", ")}`);
  return metro;
}

export function operatingSystemBySlug(slug: string): OperatingSystem {
  const system = OPERATING_SYSTEMS.find(known => known.slug === slug);
  if (system === undefined)
    throw unprocessable(
      `${slug} is not a valid operating system; the rack has ${OPERATING_SYSTEMS.map(o => o.slug).join(", ")}`,
    );
  return system;
}

export function checkPlan(slug: string): void {
  if (!PLANS.some(known => known === slug))
    throw unprocessable(`${slug} is not a valid plan; the rack has ${PLANS.join(", ")}`);
}

/** A v4-shaped UUID that is the same on every start: catalogue entries are not stored. */
export function stableUuid(name: string): string {
  const hex = createHash("sha256").update(name).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export const metroJson = (metro: Metro) => ({
  id: stableUuid(`metro:${metro.code}`),
  code: metro.code,
  name: metro.name,
  country: metro.country,
});

export const facilityJson = (metro: Metro) => ({
  id: stableUuid(`facility:${metro.facility}`),
  code: metro.facility,
  name: `${metro.name} (${metro.facility})`,
  features: ["baremetal", "layer_2", "global_ipv4"],
  metro: metroJson(metro),
});

export const planJson = (slug: string) => ({
  id: stableUuid(`plan:${slug}`),
  slug,
  name: slug,
  line: "baremetal",
  class: slug,
  legacy: false,
  deployment_types: ["on_demand", "reserved"],
  available_in: METROS.map(facilityJson),
  available_in_metros: METROS.map(metroJson),
});

export const operatingSystemJson = ({ slug, name, distro, version }: OperatingSystem) => ({
  id: stableUuid(`os:${slug}`),
  slug,
  name,
  distro,
  version,
  provisionable_on: PLANS,
});
