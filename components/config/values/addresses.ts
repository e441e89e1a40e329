import ipaddr from "ipaddr.js";
import { LINK_LOCAL, PRIVATE, enclosing, known, overlap, within, type Range } from "./ranges";

/** An IPv4 address as a range of one; anything else is undefined. */
export const addressRange = (text: string): Range | undefined =>
  ipaddr.IPv4.isValidFourPartDecimal(text) ? enclosing(`${text}/32`) : undefined;

/** Addresses that no machine can have: "this network", loopback, multicast and above (RFC 6890). */
const NOBODYS = ["0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3"].map(known);

/** The reason against an address that some machine is to have, private or not. */
export function addressProblem(text: string): string | undefined {
  const found = `found ${JSON.stringify(text)}`;
  if (ipaddr.IPv6.isValid(text)) return `${found}, expected an IPv4 address; IPv6 is not supported`;
  if (/\/\d+$/.test(text))
    return `${found}, expected an address without a prefix length; write "${text.replace(/\/\d+$/, "")}"`;
  const range = addressRange(text);
  if (range === undefined) return `${found}, expected an IPv4 address such as "10.0.0.11"`;
  if ([...NOBODYS, LINK_LOCAL].some(outer => overlap(range, outer))) {
    return `${found}, which no machine can be reached at; expected an address such as "10.0.0.11"`;
  }
  return undefined;
}

/** The reason against an address that etcd, the API server and BGP are to use. */
export function machineAddressProblem(text: string): string | undefined {
  const reason = addressProblem(text);
  const range = addressRange(text);
  if (reason !== undefined || range === undefined) return reason;
  return PRIVATE.some(outer => within(range, known(outer)))
    ? undefined
    : `found "${text}", a public address, expected one inside ${PRIVATE.join(", ")}; etcd listens there. Give the public one as sshHost`;
}

/** The subnet of `prefix` bits that an address lies in. */
export const subnetOf = (address: string, prefix: number): Range | undefined => enclosing(`${address}/${prefix}`);

/** True for a DNS name or an IPv4 address, as SSH dials it. */
export const isHost = (text: string): boolean =>
  /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(text) &&
  (!/^[\d.]+$/.test(text) || addressRange(text) !== undefined);
