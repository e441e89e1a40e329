import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import {
  SERVER_FIELDS,
  completeServers,
  reservationProblems,
  siteProblems,
  type ServersArgs,
  type ServersSpec,
} from "./equinix-servers";
import type { BgpPeerSpec } from "../endpoint/bgp-peers";
import type { Kind } from "../values/kind";
import { problem, type Path, type Problem } from "../values/problems";
import { judged, readSection, type Reading } from "../values/section";
import { expecting, secretText, text, uuid } from "../values/forms";

/** Machines rented from Equinix Metal, with local BGP to the top-of-rack switches. */
export interface EquinixMetalArgs extends ServersArgs {
  kind: "equinix-metal";
  /** The project that owns the machines and the address block: a new one, or one that exists. */
  project: NewProjectArgs | AdoptedProjectArgs;
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

/** The complete form of {@link EquinixMetalArgs}. */
export interface EquinixMetalSpec extends ServersSpec {
  readonly kind: "equinix-metal";
  readonly project: ProjectSpec;
}

/**
 * The two switches above every server, in all sites but the oldest (Equinix Metal's documentation, "Local BGP"). The
 * password of a project that exists already is not known here.
 */
export const switchesOf = ({ project }: EquinixMetalSpec): readonly BgpPeerSpec[] =>
  ["169.254.255.1", "169.254.255.2"].map(address => ({
    address,
    as: 65530,
    multihop: true,
    ...(project.kind === "new" && project.bgp.md5Password !== undefined
      ? { md5Password: project.bgp.md5Password }
      : {}),
  }));

export type ProjectSpec =
  | {
      readonly kind: "new";
      readonly name: string;
      readonly organizationId?: string;
      /** The password is secret. */
      readonly bgp: { readonly md5Password?: pulumi.Output<string> };
    }
  | { readonly kind: "adopted"; readonly id: string };

const MD5_PASSWORD = "10 to 20 letters and digits, with a lower-case letter, an upper-case letter and a digit";

/** The Metal API's own pattern; the value is never quoted. */
const md5Problem = (password: string): string | undefined =>
  /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[a-zA-Z\d]{10,20}$/.test(password)
    ? undefined
    : `found ${password.length} characters that do not fit, expected ${MD5_PASSWORD}`;

const PROJECT = "an object with name (a new project) or id (an existing one)";

const schema = z
  .object({
    kind: z.literal("equinix-metal"),
    // One object, not a union: both forms are checked together, so that a mixture of them is reported as a mixture.
    project: z
      .object(
        {
          name: text("a project name of 1 to 80 characters", /^(?=.*\S).{1,80}$/).optional(),
          id: uuid("the project's id").optional(),
          organizationId: uuid("the organisation's id").optional(),
          bgp: z
            .object({ md5Password: secretText(MD5_PASSWORD, md5Problem).optional() })
            .strict()
            .optional(),
        },
        expecting(PROJECT),
      )
      .strict(),
    ...SERVER_FIELDS,
  })
  .strict();

export type EquinixMetalSection = z.output<typeof schema>;
type Section = EquinixMetalSection;

export const equinixMetal: Kind<EquinixMetalArgs, EquinixMetalSpec, Section> = {
  example: {
    kind: "equinix-metal",
    project: { name: "rackplane" },
    plan: "c3.small.x86",
    operatingSystem: "ubuntu_24_04",
    metros: ["da"],
  },
  read(raw, path) {
    const reading = readSection(schema, raw, path);
    return judged(
      reading,
      [
        ...projectProblems(reading, [...path, "project"]),
        ...siteProblems(reading, path),
        ...reservationProblems(reading.partial.hardwareReservationIds, [...path, "hardwareReservationIds"]),
      ],
      complete,
    );
  },
};

function projectProblems({ partial: { project }, says }: Reading<Section>, path: Path): Problem[] {
  if (project === undefined) return [];
  const has = (key: string): boolean => says("project", key);
  if (!has("id") && !has("name")) return [problem(path, `found neither name nor id, expected ${PROJECT}`)];
  if (!has("id")) return [];
  const problems: Problem[] = [];
  if (has("name")) {
    problems.push(
      problem(path, "found both name and id, expected one: name makes a new project, id adopts an existing one"),
    );
  }
  if (project.bgp?.md5Password !== undefined) {
    problems.push(
      problem(
        [...path, "bgp", "md5Password"],
        "found a password for an existing project, expected none; it is fixed when a project's BGP is enabled, and machines learn it from their metadata",
      ),
    );
  }
  if (has("organizationId")) {
    problems.push(
      problem([...path, "organizationId"], "found an owner for an existing project, expected none; leave it out"),
    );
  }
  return problems;
}

function complete(section: Section): EquinixMetalSpec {
  const { project } = section;
  const md5Password = project.bgp?.md5Password;
  return {
    kind: section.kind,
    project:
      project.id !== undefined
        ? { kind: "adopted", id: project.id.toLowerCase() }
        : {
            kind: "new",
            name: project.name ?? "",
            ...(project.organizationId === undefined ? {} : { organizationId: project.organizationId }),
            bgp: md5Password === undefined ? {} : { md5Password },
          },
    ...completeServers(section),
  };
}
