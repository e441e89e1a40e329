import type { Sites } from "../../config/spec";

/**
 * Where machine `i` goes: the sites in turn, so that losing one of three sites costs one of three
 * machines.
 *
 * @throws Error when there is no site at all, which the parsed configuration rules out.
 */
export function siteOf(sites: Sites, i: number): { metro: string } | { facilities: string[] } {
  const code = sites.codes[i % sites.codes.length];
  if (code === undefined) throw new Error(`machines.${sites.kind}: found none, expected at least one code`);
  return sites.kind === "metros" ? { metro: code } : { facilities: [code] };
}
