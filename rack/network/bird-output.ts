/** One BGP session as a switch tells it. */
export interface SessionState {
  readonly switch: string;
  /** BIRD's name of the protocol, see `protocolName`. */
  readonly protocol: string;
  /** BIRD's word for it, e.g. `Established`, `Passive`. */
  readonly state: string;
  readonly established: boolean;
}

/** One prefix in a switch's table, with the gateways of all its paths. */
export interface SwitchRoute {
  readonly switch: string;
  readonly prefix: string;
  readonly nextHops: string[];
}

/** Reads `birdc show protocols`: pure. */
export function parseProtocols(name: string, text: string): SessionState[] {
  return text.split("\n").flatMap(line => {
    // s_cp_0     BGP        ---        up     12:00:00.000  Established
    const [protocol, kind, , up, , ...info] = line.trim().split(/\s+/);
    if (protocol === undefined || kind !== "BGP" || up === undefined) return [];
    const state = info[0] ?? up;
    return [{ switch: name, protocol, state, established: up === "up" && state === "Established" }];
  });
}

/** Reads `birdc show route`: pure. A prefix's further paths follow it on lines of their own. */
export function parseRoutes(name: string, text: string): SwitchRoute[] {
  const routes: SwitchRoute[] = [];
  for (const line of text.split("\n")) {
    const prefix = /^(\d+\.\d+\.\d+\.\d+\/\d+)\s/.exec(line)?.[1];
    if (prefix !== undefined) routes.push({ switch: name, prefix, nextHops: [] });
    const hop = /^\s+via (\d+\.\d+\.\d+\.\d+)/.exec(line)?.[1];
    if (hop !== undefined) routes.at(-1)?.nextHops.push(hop);
  }
  return routes.map(route => ({ ...route, nextHops: [...new Set(route.nextHops)].sort() }));
}

/** Whether `birdc configure` took the file; BIRD's words when it did not: pure. */
export function configureRefusal(text: string): string | undefined {
  const took = /^(Reconfigured|Reconfiguration in progress|Reconfiguration already in progress)/m.test(text);
  return took ? undefined : text.trim();
}
