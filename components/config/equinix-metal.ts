import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { Kind, KindContext } from "./kind";
import { problem, type Path, type Problem } from "./problems";
import { readSection, type Partly } from "./section";
import { listed } from "./suggest";
import { checkedText, expecting, flag, list, oneOf, secretText, text, uuid } from "./values";

/** Machines rented from Equinix Metal, with local BGP to the top-of-rack switches. */
export interface EquinixMetalArgs {
  kind: "equinix-metal";
  /** The project that owns the machines and the address block: a new one, or one that exists. */
  project: NewProjectArgs | AdoptedProjectArgs;
  /**
   * Server plan. A machine that runs keeps its own until it is replaced (`pulumi up --replace`).
   * @example "c3.small.x86"
   */
  plan: string;
  /**
   * Operating system slug: `ubuntu_22_04`, `ubuntu_24_04` or `debian_12`. A machine that runs
   * keeps its own until it is replaced.
   * @example "ubuntu_24_04"
   */
  operatingSystem: string;
  /**
   * Metro codes; machines are placed in them in turn (machine 0 in the first, machine 1 in the second, ...).
   * Give these or `facilities`, not both. Written in any case: the provider would replace a machine over `SV`
   * against the API's `sv`, so the spec holds lower case.
   * @example ["da"]
   */
  metros?: string[];
  /**
   * Facility codes of the older kind, used in turn like `metros`.
   * @example ["sv15"]
   */
  facilities?: string[];
  /**
   * Hardware reservations to deploy on, one UUID per control-plane machine, in machine order.
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
   * Refuse to delete machines, project and address block until this is set back to false.
   * @default false
   */
  protect?: boolean;
}

/** A project that Rackplane creates, with local BGP enabled, and deletes with the stack. */
export interface NewProjectArgs {
  /** Project name, 1 to 80 characters. */
  name: string;
  /**
   * UUID of the organisation that owns the project.
   * @default the organisation of the API token
   */
  organizationId?: string;
  bgp?: {
    /**
     * MD5 password of the BGP sessions: 10 to 20 letters and digits, with a lower-case letter, an upper-case
     * letter and a digit (the Metal API's rule). Fixed for the life of the project.
     * @default none: sessions without MD5
     */
    md5Password?: pulumi.Input<string>;
  };
}

/** A project that exists and has local BGP enabled already; Rackplane neither changes nor deletes it. */
export interface AdoptedProjectArgs {
  /** UUID of the project. */
  id: string;
}

/** The API's billing cycles. */
export const BILLING_CYCLES = ["hourly", "daily", "monthly", "yearly"] as const;
export type BillingCycle = (typeof BILLING_CYCLES)[number];

/** The operating systems that the on-node program is written for: systemd, apt, cgroup v2. */
export const OPERATING_SYSTEMS = ["ubuntu_22_04", "ubuntu_24_04", "debian_12"] as const;
export type OperatingSystem = (typeof OPERATING_SYSTEMS)[number];

/** The complete form of {@link EquinixMetalArgs}. */
export interface EquinixMetalSpec {
  readonly kind: "equinix-metal";
  readonly project: ProjectSpec;
  readonly plan: string;
  readonly operatingSystem: OperatingSystem;
  readonly sites: Sites;
  /** Empty, or one per control-plane machine, in machine order; lower case. */
  readonly hardwareReservationIds: readonly string[];
  readonly tags: readonly string[];
  readonly billingCycle: BillingCycle;
  readonly protect: boolean;
}

export type ProjectSpec =
  | {
      readonly kind: "new";
      readonly name: string;
      readonly organizationId?: string;
      /** The password is secret. */
      readonly bgp: { readonly md5Password?: pulumi.Output<string> };
    }
  | { readonly kind: "adopted"; readonly id: string };

/** Where machines stand, used in turn; at least one code, lower case. */
export interface Sites {
  readonly kind: "metros" | "facilities";
  readonly codes: readonly string[];
}

/** Environment variables that the provider takes its token from, and its configuration key. */
export const TOKEN_SOURCES = ["METAL_AUTH_TOKEN", "PACKET_AUTH_TOKEN", "equinix-metal:authToken"] as const;

const MD5_PASSWORD = "10 to 20 letters and digits, with a lower-case letter, an upper-case letter and a digit";

/** The Metal API's own pattern; the value is never quoted. */
const md5Problem = (password: string): string | undefined =>
  /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[a-zA-Z\d]{10,20}$/.test(password)
    ? undefined
    : `found ${password.length} characters that do not fit, expected ${MD5_PASSWORD}`;

const METRO = /^[a-z]{2}$/i;
const FACILITY = /^[a-z]{2,3}\d{1,2}$/i;

const metro = checkedText('a metro code, such as "da"', code => METRO.test(code) ? undefined
  : FACILITY.test(code) ? `found "${code}", a facility, expected its metro of two letters; or use machines.facilities`
    : `found ${JSON.stringify(code)}, expected a metro code of two letters, such as "da"`);

const facility = checkedText('a facility code, such as "sv15"', code => FACILITY.test(code) ? undefined
  : METRO.test(code) ? `found "${code}", a metro, expected a facility; use machines.metros`
    : `found ${JSON.stringify(code)}, expected a facility code, such as "sv15"`);

const tag = checkedText("a tag", value => /^\S+$/.test(value) ? undefined
  : `found ${JSON.stringify(value)}, expected a tag without spaces, of one character or more`);

const PROJECT = 'an object with name (a new project) or id (an existing one)';

const schema = z.object({
  kind: z.literal("equinix-metal"),
  // One object, not a union: both forms are judged together, so that a mixture is named as one.
  project: z.object({
    name: text("a project name of 1 to 80 characters", /^(?=.*\S).{1,80}$/).optional(),
    id: uuid("the project's id").optional(),
    organizationId: uuid("the organisation's id").optional(),
    bgp: z.object({ md5Password: secretText(["machines", "project", "bgp", "md5Password"], MD5_PASSWORD, md5Problem).optional() }).strict().optional(),
  }, expecting(PROJECT)).strict(),
  plan: text('a server plan, such as "c3.small.x86"', /^([a-z]\w*\.[a-z0-9._-]*[a-z0-9]|baremetal_\w+)$/),
  operatingSystem: oneOf(OPERATING_SYSTEMS),
  metros: list('a list of metros, such as ["da"]', metro).optional(),
  facilities: list('a list of facilities, such as ["sv15"]', facility).optional(),
  hardwareReservationIds: list("a list of UUIDs, one per machine", uuid("a hardware reservation")).default([]),
  tags: list("a list of tags", tag).default([]),
  billingCycle: oneOf(BILLING_CYCLES).default("hourly"),
  protect: flag().default(false),
}).strict();

type Section = z.output<typeof schema>;

export const equinixMetal: Kind<EquinixMetalArgs, EquinixMetalSpec> = {
  example: {
    kind: "equinix-metal",
    project: { name: "rackplane" },
    plan: "c3.small.x86",
    operatingSystem: "ubuntu_24_04",
    metros: ["da"],
  },
  read(raw, path, context) {
    const { value, partial, problems: found } = readSection(schema, raw, path);
    const problems = [
      ...found,
      ...projectProblems(partial?.project ?? {}, raw, [...path, "project"]),
      ...siteProblems(raw, path),
      ...reservationProblems(raw, context, [...path, "hardwareReservationIds"]),
      ...credentialProblems(context, path),
    ];
    return value === undefined || problems.length > 0 ? { problems } : { value: complete(value), problems };
  },
};

/** True when the configuration names an existing project; other sections ask. */
export function adoptsProject(machines: unknown): boolean {
  const { project } = (machines ?? {}) as { project?: { id?: unknown } };
  return project?.id !== undefined;
}

function projectProblems(project: Partly<Section["project"]>, raw: unknown, path: Path): Problem[] {
  const given = ((raw ?? {}) as { project?: unknown }).project;
  if (typeof given !== "object" || given === null) return [];
  const has = (key: string): boolean => (given as Record<string, unknown>)[key] !== undefined;
  if (!has("id") && !has("name")) return [problem(path, `found neither name nor id, expected ${PROJECT}`)];
  if (!has("id")) return [];
  const problems: Problem[] = [];
  if (has("name")) {
    problems.push(problem(path, "found both name and id, expected one: name makes a new project, id adopts an existing one"));
  }
  if (project.bgp?.md5Password !== undefined) {
    problems.push(problem([...path, "bgp", "md5Password"],
      "found a password for an existing project, expected none; it is fixed when a project's BGP is enabled, and machines learn it from their metadata"));
  }
  if (has("organizationId")) {
    problems.push(problem([...path, "organizationId"], "found an owner for an existing project, expected none; leave it out"));
  }
  return problems;
}

function siteProblems(raw: unknown, path: Path): Problem[] {
  const { metros, facilities } = raw as { metros?: unknown; facilities?: unknown };
  const empty = (value: unknown): boolean => value === undefined || (Array.isArray(value) && value.length === 0);
  if (!empty(metros) && !empty(facilities)) {
    return [problem([...path, "facilities"], "found metros too, expected one of the two; keep machines.metros, facilities are the older form")];
  }
  return empty(metros) && empty(facilities)
    ? [problem([...path, "metros"], 'found no place for the machines, expected one metro or more, such as ["da"]')]
    : [];
}

/** Of the list as given: one bad id does not hide two equal ones. */
function reservationProblems(raw: unknown, { count }: KindContext, path: Path): Problem[] {
  const { hardwareReservationIds: ids = [] } = raw as { hardwareReservationIds?: unknown };
  if (!Array.isArray(ids)) return [];
  const problems: Problem[] = [];
  if (ids.length > 0 && count !== undefined && ids.length !== count) {
    problems.push(problem(path, `found ${ids.length}, expected ${count}, one per machine (controlPlane.count)`));
  }
  const folded = ids.map(id => String(id).toLowerCase());
  folded.forEach((id, i) => {
    const first = folded.indexOf(id);
    if (first < i) problems.push(problem([...path, i], `found "${id}" as in [${first}], expected another one; a reservation holds one machine`));
  });
  return problems;
}

function credentialProblems({ credentials }: KindContext, path: Path): Problem[] {
  if (credentials !== false) return [];
  return [problem(path, `found no API token, expected one in ${listed(TOKEN_SOURCES)}; run pulumi config set ${TOKEN_SOURCES[2]} --secret`)];
}

function complete(section: Section): EquinixMetalSpec {
  const { project, metros = [], facilities = [] } = section;
  const lower = (texts: readonly string[]): string[] => texts.map(item => item.toLowerCase());
  const md5Password = project.bgp?.md5Password;
  return {
    kind: section.kind,
    project: project.id !== undefined ? { kind: "adopted", id: project.id.toLowerCase() } : {
      kind: "new",
      name: project.name ?? "",
      ...(project.organizationId === undefined ? {} : { organizationId: project.organizationId }),
      bgp: md5Password === undefined ? {} : { md5Password },
    },
    plan: section.plan,
    operatingSystem: section.operatingSystem,
    sites: metros.length > 0
      ? { kind: "metros", codes: lower(metros) }
      : { kind: "facilities", codes: lower(facilities) },
    hardwareReservationIds: lower(section.hardwareReservationIds),
    tags: section.tags,
    billingCycle: section.billingCycle,
    protect: section.protect,
  };
}
