import type * as pulumi from "@pulumi/pulumi";
import { INTERFACE } from "../values/linux-names";
import { oneOf, secretText, whole } from "../values/forms";
import { nodeLocalBalancer, type LocalBalancerArgs, type LocalBalancerSpec } from "./local-balancer";
import { OBSERVED_FIELDS, type ObservedArgs, type ObservedSpec } from "./observed";
import { USUAL_PREFIX, VIP_PREFIX, vipAddress } from "./vip";

/** The programs that spread connections over API servers, in TCP. */
export const BALANCERS = ["haproxy", "nginx"] as const;

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
   * Password of this cluster's advertisements, 1 to 8 characters: VRRP's simple authentication (RFC 2338) has eight
   * bytes and sends them in plain, so it tells clusters apart and keeps no attacker out.
   */
  password: pulumi.Input<string>;
  /**
   * Seconds between two advertisements, 1 to 10; another machine replaces a silent one after a little more than three
   * of these intervals.
   * @default 1
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
  /** Secret. */
  readonly password: pulumi.Output<string>;
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

export const VRRP_FIELDS = {
  address: vipAddress,
  prefix: VIP_PREFIX.default(USUAL_PREFIX),
  balancer: oneOf(BALANCERS).default("haproxy"),
  interface: INTERFACE.optional(),
  virtualRouterId: whole("VRRP's id of this VIP", 1, 255),
  password: secretText(PASSWORD, passwordProblem),
  advertSeconds: whole("whole seconds", 1, 10).default(1),
  nodeLocalBalancer: nodeLocalBalancer(true),
  ...OBSERVED_FIELDS,
};
