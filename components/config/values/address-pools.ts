import ipaddr from "ipaddr.js";
import { addressRange } from "./addresses";
import { LINK_LOCAL, enclosing, known, overlap, parseRange, writeAddress, writeRange, type Span } from "./ranges";

/** What an address pool looks like. */
export const ADDRESS_POOL = '"203.0.113.64/28" or "203.0.113.64-203.0.113.79"';

/** Addresses that nothing outside a machine reaches: "this network", loopback, multicast and above (RFC 6890). */
const NOBODYS = [...["0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3"].map(known), LINK_LOCAL];

/** More addresses than that are a slip of the pen. */
const MOST = 65536;

/** Reads `a.b.c.d/n` or `a.b.c.d-e.f.g.h`; anything else is undefined. */
export function parsePool(text: string): Span | undefined {
  if (!text.includes("-")) return parseRange(text);
  const [first, last, ...rest] = text.split("-").map(addressRange);
  return first === undefined || last === undefined || rest.length > 0 || first.first > last.first
    ? undefined
    : { first: first.first, last: last.last };
}

/** How many addresses there are in it. */
export const sizeOf = ({ first, last }: Span): number => last - first + 1;

/** A pool as kube-vip's cloud provider reads it under `range-global`: first and last address. */
export const writeSpan = ({ first, last }: Span): string => `${writeAddress(first)}-${writeAddress(last)}`;

/** The reason against a pool of addresses for Services, if there is one. */
export function poolProblem(text: string): string | undefined {
  const found = `found ${JSON.stringify(text)}`;
  const ends = text.split("-");
  if (ends.some(end => ipaddr.IPv6.isValid(end) || ipaddr.IPv6.isValidCIDR(end)))
    return `${found}, expected IPv4 addresses; IPv6 is not supported`;
  if (addressRange(text) !== undefined) return `${found}, one address, expected a range; write "${text}/32"`;
  const pool = parsePool(text);
  if (pool === undefined) return malformed(text, ends);
  if (NOBODYS.some(outer => overlap(pool, outer)))
    return `${found}, addresses that nothing is reached at; expected such as ${ADDRESS_POOL}`;
  return sizeOf(pool) > MOST
    ? `found ${JSON.stringify(text)}, ${sizeOf(pool)} addresses, expected at most ${MOST}; a Service takes one`
    : undefined;
}

/** Says of a text that is nearly a pool how to mend it. */
function malformed(text: string, ends: readonly string[]): string {
  const found = `found ${JSON.stringify(text)}`;
  const around = enclosing(text);
  if (around !== undefined) return `${found}, which has bits set behind the prefix; write "${writeRange(around)}"`;
  const [first = "", last = ""] = ends;
  return ends.length === 2 && addressRange(first) !== undefined && addressRange(last) !== undefined
    ? `${found}, which ends before it begins; write "${last}-${first}"`
    : `${found}, expected a range such as ${ADDRESS_POOL}`;
}
