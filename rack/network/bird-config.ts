import type { SwitchSession } from "../host";
import { CUSTOMER_AS, SWITCH_AS } from "../topology";

/** One of a site's two switches. */
export interface SwitchPlan {
  /** "a" or "b". */
  readonly name: string;
  readonly address: string;
  /** Kernel table that its routes go to; the router looks them up in turn. */
  readonly kernelTable: number;
  readonly logFile: string;
}

/**
 * Two switches in one namespace, each at its own address. They send at
 * the pace that many a real switch is limited to where a session takes more than one hop.
 */
const BFD = [
  "protocol bfd {",
  "  strict bind yes;",
  "  multihop { min rx interval 150 ms; min tx interval 250 ms; multiplier 3; };",
  '  interface "*" { min rx interval 150 ms; min tx interval 250 ms; multiplier 3; };',
  "}",
];

/**
 * The configuration of one switch: pure.
 *
 * A customer's session is multihop from the machine's private address, and only prefixes that the
 * customer was given are let in, or parts of them. A session of a legacy site ends at the machine's private gateway, and
 * only the first switch has it.
 *
 * @throws when a name, address, prefix or password cannot be told to BIRD safely
 */
export function birdConfig(plan: SwitchPlan, sessions: readonly SwitchSession[], prefixes: readonly string[]): string {
  const mine = sessions.filter(session => !session.legacy || plan.name === "a");
  return [
    `router id ${plan.address};`,
    `log "${plan.logFile}" all;`,
    "debug protocols { states };",
    "protocol device { scan time 2; }",
    // A multihop next hop is resolved in BIRD's own table, so that table needs the connected networks.
    "protocol direct { ipv4; }",
    "protocol kernel {",
    ...(plan.kernelTable === 254 ? [] : [`  kernel table ${plan.kernelTable};`]),
    "  merge paths on limit 32;",
    "  ipv4 { import none; export where source = RTS_BGP; };",
    "}",
    ...(mine.some(({ bfd }) => bfd) ? BFD : []),
    "filter granted {",
    prefixes.length > 0
      ? `  if net ~ [ ${[...prefixes].map(checkedPrefix).sort().join(", ")} ] then accept;`
      : "  # no prefix is granted yet",
    "  reject;",
    "}",
    "template bgp customer {",
    // A real switch is patient: of two hold times the lower one counts (RFC 4271, 4.2), so a machine decides.
    "  hold time 90; keepalive time 30;",
    // Machines call; a switch that called too would only collect refusals.
    "  passive on; strict bind yes;",
    // Without these, a machine that broke its session would be kept out for a minute.
    "  error wait time 1, 2; error forget time 3;",
    // With the table of what came in, a new grant applies without asking the machine again.
    "  ipv4 { import table on; import filter granted; export none; };",
    "}",
    ...mine.flatMap(session => sessionLines(plan, session)),
    "",
  ].join("\n");
}

function sessionLines(plan: SwitchPlan, session: SwitchSession): string[] {
  const local = session.legacy ? session.gateway : plan.address;
  return [
    `protocol bgp ${protocolName(session.name)} from customer {`,
    `  description "${checkedText(session.name, "session name")}";`,
    `  local ${checkedAddress(local)} as ${SWITCH_AS};`,
    `  neighbor ${checkedAddress(session.address)} as ${CUSTOMER_AS};`,
    session.legacy ? "  direct;" : "  multihop 5;",
    ...(session.bfd === true ? ["  bfd on;"] : []),
    ...(session.md5 === undefined ? [] : [`  password "${checkedText(session.md5, "MD5 password")}";`]),
    "}",
  ];
}

/** A session's name as BIRD can spell it: letters, digits and underscores. */
export function protocolName(session: string): string {
  return `s_${session.replace(/[^A-Za-z0-9]/g, "_")}`;
}

function checkedText(text: string, what: string): string {
  if (/^[\x20-\x7e]+$/.test(text) && !/["\\]/.test(text)) return text;
  throw new Error(`switch session: the ${what} must be printable ASCII without quotes and backslashes`);
}

function checkedAddress(address: string): string {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) return address;
  throw new Error(`switch session: found "${address}" where an IPv4 address was expected`);
}

/** BIRD takes a prefix by itself for that one route; `+` lets its parts in, too. */
function checkedPrefix(prefix: string): string {
  if (/^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/.test(prefix)) return prefix.endsWith("/32") ? prefix : `${prefix}+`;
  throw new Error(`switch configuration: found "${prefix}" where an IPv4 prefix like 203.0.113.1/32 was expected`);
}
