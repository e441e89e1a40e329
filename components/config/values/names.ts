import ipaddr from "ipaddr.js";

/** RFC 1123, 2.1: letters, digits and hyphens, at most 63. */
const LABEL = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
const LONGEST_LABEL = 63;
const LONGEST_NAME = 253;

/** `-cp-` and one digit (7 machines at most) must fit behind a cluster's name in one label. */
export const LONGEST_CLUSTER_NAME = LONGEST_LABEL - "-cp-0".length;

export const CLUSTER_NAME = `a DNS label of at most ${LONGEST_CLUSTER_NAME} characters: a-z, 0-9 and inner "-"`;

/** Host name and Node name of a control-plane machine. */
export const machineName = (cluster: string, i: number): string => `${cluster}-cp-${i}`;

/** A DNS label, the form of host names and Node names. */
export const isLabel = (name: string): boolean => LABEL.test(name) && name.length <= LONGEST_LABEL;

/** Host name and Node name of a rented worker. */
export const workerName = (cluster: string, pool: string, i: number): string => `${cluster}-${pool}-${i}`;

export const isClusterName = (name: string): boolean => LABEL.test(name) && name.length <= LONGEST_CLUSTER_NAME;

/** A DNS name in lower case, of one label or more (RFC 1123). */
export const isDnsName = (name: string): boolean =>
  name.length <= LONGEST_NAME && name.split(".").every(label => LABEL.test(label) && label.length <= LONGEST_LABEL);

/** What a certificate can name: a DNS name, `*.` and a DNS name, or an address. */
export function certificateNameProblem(name: string): string | undefined {
  if (isDnsName(name.replace(/^\*\./, "")) && !/^[\d.]+$/.test(name)) return undefined;
  if (ipaddr.IPv4.isValidFourPartDecimal(name) || ipaddr.IPv6.isValid(name)) return undefined;
  const advice = /^https?:|:\d+$/.test(name) ? "; leave scheme and port out" : "";
  return `found ${JSON.stringify(name)}, expected a DNS name in lower case or an address${advice}`;
}
