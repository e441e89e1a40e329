import ipaddr from "ipaddr.js";

/** IPv4 addresses in a row: the first and the last one, as numbers. */
export interface Span {
  readonly first: number;
  readonly last: number;
}

/** An IPv4 range that a prefix length names. */
export interface Range extends Span {
  readonly prefix: number;
}

/** Reads `a.b.c.d/n` with no bit set behind the prefix; anything else is undefined. */
export function parseRange(text: string): Range | undefined {
  const range = enclosing(text);
  return range !== undefined && writeRange(range) === text ? range : undefined;
}

export const overlap = (a: Span, b: Span): boolean => a.first <= b.last && b.first <= a.last;

/** Where the switches' BGP addresses lie (169.254.255.1 and .2 on Equinix Metal). */
export const LINK_LOCAL = known("169.254.0.0/16");
/** RFC 1918 and RFC 6598. */
export const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];

/** How large a range may be: prefix lengths, and why. */
export interface SizeRule {
  readonly largest: number;
  readonly smallest: number;
  readonly why: string;
}

/** Each machine takes a /24; /8 would be all of 10.0.0.0/8, in which the machines' own addresses lie. */
export const POD_SIZE: SizeRule = {
  largest: 9,
  smallest: 24,
  why: "each machine takes a /24, and the machines' own addresses lie in 10.0.0.0/8",
};
/** kubeadm: MaximumBitsForServiceSubnet (20) and MinimumAddressesInServiceSubnet (10). */
export const SERVICE_SIZE: SizeRule = { largest: 12, smallest: 28, why: "kubeadm refuses others" };
export const MACHINE_SIZE: SizeRule = { largest: 8, smallest: 31, why: "it holds the machines' private addresses" };

/** The reason against a range, if there is one. */
export function rangeProblem(text: string, size: SizeRule): string | undefined {
  const found = `found "${text}"`;
  if (ipaddr.IPv6.isValidCIDR(text) || ipaddr.IPv6.isValid(text))
    return `${found}, expected an IPv4 range; IPv6 is not supported`;
  if (ipaddr.IPv4.isValidFourPartDecimal(text))
    return `${found}, expected a prefix length behind it, such as "${text}/16"`;
  const range = enclosing(text);
  if (range === undefined) return `${found}, expected an IPv4 range such as "10.244.0.0/16"`;
  if (writeRange(range) !== text) return `${found}, which has bits set behind the prefix; write "${writeRange(range)}"`;
  if (overlap(range, LINK_LOCAL))
    return `${found}, expected a range outside 169.254.0.0/16; the switches' BGP addresses lie there`;
  if (!PRIVATE.some(outer => within(range, known(outer)))) {
    return `${found}, expected a range inside ${PRIVATE.join(", ")}; the VIP and the machines' public addresses are public`;
  }
  if (range.prefix < size.largest || range.prefix > size.smallest) {
    return `${found}, expected a prefix length of /${size.largest} to /${size.smallest}; ${size.why}`;
  }
  return undefined;
}

/** The reason against a pod range with less than a /24 for every machine. */
export function podRoomProblem(text: string, machines: number): string | undefined {
  const range = parseRange(text);
  if (range === undefined || range.prefix > POD_SIZE.smallest) return undefined;
  const room = 2 ** (POD_SIZE.smallest - range.prefix);
  if (room >= machines) return undefined;
  const enough = POD_SIZE.smallest - Math.ceil(Math.log2(machines));
  return `found "${text}", a /24 each for ${room} of ${machines} machines; expected /${enough} or larger, and larger still for workers`;
}

export const within = (inner: Span, outer: Span): boolean => inner.first >= outer.first && inner.last <= outer.last;

/** A range that stands in this program. */
export function known(text: string): Range {
  const range = parseRange(text);
  if (range === undefined) throw new Error(`"${text}": expected an IPv4 range`);
  return range;
}

/** The range that `a.b.c.d/n` lies in, host bits cleared. */
export function enclosing(text: string): Range | undefined {
  const [address, length, ...rest] = text.split("/");
  if (address === undefined || length === undefined || rest.length > 0) return undefined;
  // ipaddr.js also reads "10.1/16" and octal parts, which kubeadm does not.
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) || !/^(\d|[12]\d|3[0-2])$/.test(length)) return undefined;
  const prefix = Number(length);
  const value = ipaddr.IPv4.parse(address).octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const size = 2 ** (32 - prefix);
  const first = Math.floor(value / size) * size;
  return { first, last: first + size - 1, prefix };
}

/** `a.b.c.d`. */
export function writeAddress(number: number): string {
  return [24, 16, 8, 0].map(shift => Math.floor(number / 2 ** shift) % 256).join(".");
}

/** `a.b.c.d/n`. */
export function writeRange({ first, prefix }: Range): string {
  return `${writeAddress(first)}/${prefix}`;
}
