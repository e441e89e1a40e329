import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { expecting, oneOf, secretText, whole } from "../values/forms";
import { INTERFACE } from "../values/linux-names";
import { problem, type Path, type Problem } from "../values/problems";
import type { Reading } from "../values/section";
import { nodeLocalBalancer, type LocalBalancerArgs, type LocalBalancerSpec } from "./local-balancer";
import { OBSERVED_FIELDS, type ObservedArgs, type ObservedSpec } from "./observed";
import { USUAL_PREFIX, VIP_PREFIX, vipAddress } from "./vip";

/** The programs that spread connections over API servers, in TCP. */
export const BALANCERS = ["haproxy", "nginx"] as const;

export type VrrpVersion = 2 | 3;

/** What keepalived needs to move a VIP, wherever it runs. */
export interface VrrpArgs extends LocalBalancerArgs, ObservedArgs {
  /** The VIP, a free address of the machines' subnet. */
  address: string;
  /**
   * Prefix length of that subnet; the VIP is added with it.
   * @default 24
   */
  prefix?: number;
  /**
   * The program behind the VIP: `haproxy` asks API servers by itself whether they are ready; `nginx` learns it from
   * connections that fail.
   * @default "haproxy"
   */
  balancer?: "haproxy" | "nginx";
  /**
   * Interface that carries the VIP.
   * @default the one that has the machine's address
   */
  interface?: string;
  /** VRRP's id of this VIP, 1 to 255, unlike every other on the same network (another cluster's, a router's). */
  virtualRouterId: number;
  /**
   * Version of VRRP: 2 (RFC 3768) or 3 (RFC 9568). Version 3 counts in hundredths of a second, so that a silent machine is
   * replaced within one, and has no password: each machine lets in what the other ones' addresses send, and nothing else
   * (docs/vrrp.md). Kept in a running cluster.
   * @default 3, and 2 where a `password` is given
   */
  vrrpVersion?: 2 | 3;
  /**
   * Password of version 2's advertisements, 1 to 8 characters, needed there and refused with version 3: VRRP's simple
   * authentication (RFC 2338) has eight bytes and sends them in plain, so it tells clusters apart and keeps no attacker
   * out.
   */
  password?: pulumi.Input<string>;
  /**
   * Seconds between two advertisements; another machine replaces a silent one after a little more than three of these
   * intervals. Version 3: 0.1 to 10, in hundredths; version 2: whole seconds, 1 to 10.
   * @default 0.25 with version 3, 1 with version 2
   */
  advertSeconds?: number;
}

/** The complete form of {@link VrrpArgs}. */
export interface VrrpSpec extends LocalBalancerSpec, ObservedSpec {
  readonly address: string;
  readonly prefix: number;
  readonly balancer: "haproxy" | "nginx";
  readonly interface?: string;
  readonly virtualRouterId: number;
  readonly vrrpVersion: VrrpVersion;
  /** Secret; with version 2 alone. */
  readonly password?: pulumi.Output<string>;
  readonly advertSeconds: number;
}

const PASSWORD = "1 to 8 letters, digits or any of . _ + = % ^ : , / -";

/**
 * The reason against a password; the value is never quoted. keepalived's file has no quotes that work in every version,
 * so every character that some place in it reads as more than text is refused: quotes and escapes, comments (# !),
 * definitions ($) and conditions (@).
 */
function passwordProblem(password: string): string | undefined {
  if (password === "") return `found an empty text, expected ${PASSWORD}`;
  if (/\s/.test(password))
    return `found spaces in it, expected ${PASSWORD}; keepalived would take the first word alone`;
  if (password.length > 8)
    return `found ${password.length} characters, expected ${PASSWORD}; VRRP sends eight bytes and drops the rest`;
  return /^[A-Za-z0-9._+=%^:,/-]+$/.test(password)
    ? undefined
    : `found characters that keepalived reads as more than text, expected ${PASSWORD}`;
}

/** What an interval may be, by version. Below a tenth of a second, a busy machine would lose the VIP for being slow. */
const FASTEST = 0.1;
const SLOWEST = 10;
const ADVERTS: Readonly<Record<VrrpVersion, string>> = {
  2: "whole seconds, 1 to 10, as VRRP version 2 counts",
  3: "seconds, 0.1 to 10, in hundredths",
};
const ADVERT_SECONDS: Readonly<Record<VrrpVersion, number>> = { 2: 1, 3: 0.25 };

export const VRRP_FIELDS = {
  address: vipAddress,
  prefix: VIP_PREFIX.default(USUAL_PREFIX),
  balancer: oneOf(BALANCERS).default("haproxy"),
  interface: INTERFACE.optional(),
  virtualRouterId: whole("VRRP's id of this VIP", 1, 255),
  vrrpVersion: z.union([z.literal(2), z.literal(3)], expecting("2 or 3, a version of VRRP")).optional(),
  password: secretText(PASSWORD, passwordProblem).optional(),
  advertSeconds: z.number(expecting(ADVERTS[3])).min(FASTEST).max(SLOWEST).optional(),
  nodeLocalBalancer: nodeLocalBalancer(true),
  ...OBSERVED_FIELDS,
};

type VrrpSection = Pick<VrrpSpec, "password"> & {
  readonly vrrpVersion?: VrrpVersion | undefined;
  readonly advertSeconds?: number | undefined;
};

/** A cluster that was made before there was a choice has a password, and goes on with version 2. */
const versionOf = (asked: VrrpVersion | undefined, hasPassword: boolean): VrrpVersion => asked ?? (hasPassword ? 2 : 3);

/** What the fields of {@link VRRP_FIELDS} say against each other. */
export function vrrpProblems({ partial, says }: Pick<Reading<unknown, VrrpSection>, "partial" | "says">, path: Path) {
  const { vrrpVersion, advertSeconds } = partial;
  // A version that is none has its own reason.
  if (vrrpVersion === undefined && says("vrrpVersion")) return [];
  const version = versionOf(vrrpVersion, says("password"));
  return [...againstVersion(version, says("password"), path), ...advertProblems(version, advertSeconds, path)];
}

function againstVersion(version: VrrpVersion, given: boolean, path: Path): Problem[] {
  if (given === (version === 2)) return [];
  const reason = given
    ? "found one with VRRP version 3, expected none; that version has no password, and each machine lets in what comes from the other ones' addresses alone: leave it out, or set endpoint.vrrpVersion to 2"
    : `found nothing with VRRP version 2, expected ${PASSWORD}; set it, or leave endpoint.vrrpVersion out, as version 3 has none`;
  return [problem([...path, "password"], reason)];
}

function advertProblems(version: VrrpVersion, seconds: number | undefined, path: Path): Problem[] {
  if (seconds === undefined || isCounted[version](seconds)) return [];
  return [problem([...path, "advertSeconds"], `found ${seconds}, expected ${ADVERTS[version]}`)];
}

/** In the unit of each version; 0.29 is 28.999999999999996 hundredths for a computer. */
const isCounted: Readonly<Record<VrrpVersion, (seconds: number) => boolean>> = {
  2: Number.isInteger,
  3: seconds => Number(seconds.toFixed(2)) === seconds,
};

/** The section with what its version makes of the fields that were left out. */
export function completeVrrp<S extends VrrpSection>(
  section: S,
): S & { readonly vrrpVersion: VrrpVersion; readonly advertSeconds: number } {
  const vrrpVersion = versionOf(section.vrrpVersion, section.password !== undefined);
  return { ...section, vrrpVersion, advertSeconds: section.advertSeconds ?? ADVERT_SECONDS[vrrpVersion] };
}
