import { z } from "zod";
import { OPERATING_SYSTEMS, type OperatingSystem } from "../../../cloud-init/operating-systems";
import { problem, type Path, type Problem } from "../values/problems";
import type { Reading } from "../values/section";
import { checkedText, flag, list, oneOf, text, uuid } from "../values/forms";

/** What Equinix Metal is asked for, for control-plane machines and workers alike. */
export interface ServersArgs {
  /**
   * Server plan. A machine that runs keeps its own until it is replaced (`generation`).
   * @example "c3.small.x86"
   */
  plan: string;
  /**
   * Operating system slug: `ubuntu_22_04`, `ubuntu_24_04`, `ubuntu_26_04`, `debian_12` or `debian_13`. A machine that
   * runs keeps its own until it is replaced.
   * @example "ubuntu_24_04"
   */
  operatingSystem: string;
  /**
   * Metro codes; machines are placed in them in turn (machine 0 in the first, machine 1 in the second, ...). Give these
   * or `facilities`, not both. Upper and lower case are both fine: the spec holds lower case, because the provider
   * would replace a machine when the configuration says `SV` and the API `sv`.
   * @example ["da"]
   */
  metros?: string[];
  /**
   * Facility codes of the older kind, used in turn like `metros`.
   * @example ["sv15"]
   */
  facilities?: string[];
  /**
   * Hardware reservations to deploy on, one UUID per control-plane machine, in machine order. A machine that is to be
   * replaced (`generation`) needs another one than it stands on: both stand side by side for a while, and the Metal API
   * refuses a second machine on the same hardware before anything in the cluster has changed.
   * @default none: on-demand machines
   */
  hardwareReservationIds?: string[];
  /**
   * Tags of every machine.
   * @default []
   */
  tags?: string[];
  /**
   * Billing cycle: `hourly`, `daily`, `monthly` or `yearly`. A machine that runs keeps
   * its own until it is replaced.
   * @default "hourly"
   */
  billingCycle?: BillingCycle;
  /**
   * Refuse to delete machines, project and address block until this is set back to false. A machine that is to be replaced
   * or to leave is deleted in the end, so set it back in a `pulumi up` before that one.
   * @default false
   */
  protect?: boolean;
}

/** The API's billing cycles. */
export const BILLING_CYCLES = ["hourly", "daily", "monthly", "yearly"] as const;
export type BillingCycle = (typeof BILLING_CYCLES)[number];

const SLUGS = OPERATING_SYSTEMS.map(({ slug }) => slug) as [OperatingSystem, ...OperatingSystem[]];

/** The complete form of {@link ServersArgs}. */
export interface ServersSpec {
  readonly plan: string;
  readonly operatingSystem: OperatingSystem;
  readonly sites: Sites;
  /** Empty, or one per machine, in machine order; lower case. */
  readonly hardwareReservationIds: readonly string[];
  readonly tags: readonly string[];
  readonly billingCycle: BillingCycle;
  readonly protect: boolean;
}

/** Where machines stand, used in turn; at least one code, lower case. */
export interface Sites {
  readonly kind: "metros" | "facilities";
  readonly codes: readonly string[];
}

/** Environment variables that the provider takes its token from, and its configuration key. */
export const TOKEN_SOURCES = ["METAL_AUTH_TOKEN", "PACKET_AUTH_TOKEN", "equinix-metal:authToken"] as const;

const METRO = /^[a-z]{2}$/i;
const FACILITY = /^[a-z]{2,3}\d{1,2}$/i;

const metro = checkedText('a metro code, such as "da"', code =>
  METRO.test(code)
    ? undefined
    : FACILITY.test(code)
      ? `found "${code}", a facility, expected its metro of two letters; or use facilities`
      : `found ${JSON.stringify(code)}, expected a metro code of two letters, such as "da"`,
);

const facility = checkedText('a facility code, such as "sv15"', code =>
  FACILITY.test(code)
    ? undefined
    : METRO.test(code)
      ? `found "${code}", a metro, expected a facility; use metros`
      : `found ${JSON.stringify(code)}, expected a facility code, such as "sv15"`,
);

const tag = checkedText("a tag", value =>
  /^\S+$/.test(value)
    ? undefined
    : `found ${JSON.stringify(value)}, expected a tag without spaces, of one character or more`,
);

export const SERVER_FIELDS = {
  plan: text('a server plan, such as "c3.small.x86"', /^([a-z]\w*\.[a-z0-9._-]*[a-z0-9]|baremetal_\w+)$/),
  operatingSystem: oneOf(SLUGS),
  metros: list('a list of metros, such as ["da"]', metro).optional(),
  facilities: list('a list of facilities, such as ["sv15"]', facility).optional(),
  hardwareReservationIds: list("a list of UUIDs, one per machine", uuid("a hardware reservation")).default([]),
  tags: list("a list of tags", tag).default([]),
  billingCycle: oneOf(BILLING_CYCLES).default("hourly"),
  protect: flag().default(false),
};

type Fields = z.output<z.ZodObject<typeof SERVER_FIELDS>>;

type ServersReading = Pick<Reading<unknown, Fields>, "partial" | "says">;

/** Metros or facilities, one of the two. */
export function siteProblems({ partial, says }: ServersReading, path: Path): Problem[] {
  const given = (key: "metros" | "facilities"): boolean => says(key) && partial[key]?.length !== 0;
  if (given("metros") && given("facilities")) {
    return [
      problem(
        [...path, "facilities"],
        "found metros too, expected one of the two; keep metros, facilities are the older form",
      ),
    ];
  }
  return given("metros") || given("facilities")
    ? []
    : [problem([...path, "metros"], 'found no place for the machines, expected one metro or more, such as ["da"]')];
}

/** A reservation named twice. One bad id does not hide two equal ones. */
export function reservationProblems(ids: ServersReading["partial"]["hardwareReservationIds"], path: Path): Problem[] {
  const folded = (ids ?? []).map(id => id?.toLowerCase());
  return folded.flatMap((id, i) => {
    const first = folded.indexOf(id);
    return id === undefined || first === i
      ? []
      : [
          problem(
            [...path, i],
            `found "${id}" as in [${first}], expected another one; a reservation holds one machine`,
          ),
        ];
  });
}

/** One reservation a machine, or none. `counted` is the setting that says how many machines there are. */
export function reservationCountProblems(
  { partial: { hardwareReservationIds: ids = [] } }: ServersReading,
  { count, counted }: { readonly count: number | undefined; readonly counted: string },
  path: Path,
): Problem[] {
  return ids.length === 0 || count === undefined || ids.length === count
    ? []
    : [problem(path, `found ${ids.length}, expected ${count}, one per machine (${counted})`)];
}

export function completeServers(section: Fields): ServersSpec {
  const { metros = [], facilities = [] } = section;
  const lower = (texts: readonly string[]): string[] => texts.map(item => item.toLowerCase());
  return {
    plan: section.plan,
    operatingSystem: section.operatingSystem,
    sites:
      metros.length > 0 ? { kind: "metros", codes: lower(metros) } : { kind: "facilities", codes: lower(facilities) },
    hardwareReservationIds: lower(section.hardwareReservationIds),
    tags: section.tags,
    billingCycle: section.billingCycle,
    protect: section.protect,
  };
}
