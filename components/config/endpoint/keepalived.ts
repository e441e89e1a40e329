import { z } from "zod";
import type { Kind } from "../values/kind";
import { API_PORT, portProblems, tcpPort } from "../values/ports";
import { problem, type Path, type Problem } from "../values/problems";
import { judged, readSection, type Partly } from "../values/section";
import { observedProblems } from "./observed";
import { completeVrrp, VRRP_FIELDS, vrrpProblems, type VrrpArgs, type VrrpSpec } from "./vrrp";

/**
 * The VIP held by keepalived on one control-plane machine at a time, with a balancer on each of them: VIP:port leads to
 * an API server that is ready. Needs all control-plane machines in one layer-2 network.
 */
export interface KeepalivedArgs extends VrrpArgs {
  kind: "keepalived";
  /**
   * TCP port of the balancers, at the VIP.
   * @default 6443
   */
  port?: number;
  /**
   * TCP port of the API servers themselves; it differs from `port`, because they share the machines with the balancers.
   * @default 6444
   */
  apiServerPort?: number;
}

/** The complete form of {@link KeepalivedArgs}. */
export interface KeepalivedSpec extends VrrpSpec {
  readonly kind: "keepalived";
  readonly port: number;
  readonly apiServerPort: number;
}

const schema = z
  .object({
    kind: z.literal("keepalived"),
    ...VRRP_FIELDS,
    port: tcpPort(API_PORT),
    apiServerPort: tcpPort(API_PORT + 1),
  })
  .strict();

type Section = z.output<typeof schema>;

export const keepalived: Kind<KeepalivedArgs, KeepalivedSpec, Section> = {
  example: { kind: "keepalived", address: "10.0.0.10", virtualRouterId: 51 },
  read(raw, path) {
    const reading = readSection(schema, raw, path);
    const { partial } = reading;
    return judged(
      reading,
      [
        ...vrrpProblems(reading, path),
        ...samePort(partial, path),
        ...portProblems(partial.port, [...path, "port"]),
        ...portProblems(partial.apiServerPort, [...path, "apiServerPort"]),
        ...portProblems(partial.statistics?.port, [...path, "statistics", "port"]),
        ...observedProblems(partial, portsOf(partial), path),
      ],
      completeVrrp,
    );
  },
};

const portsOf = ({ port, apiServerPort }: Partly<Pick<KeepalivedSpec, "port" | "apiServerPort">>) =>
  new Map([
    ...(port === undefined ? [] : [[port, "endpoint.port"] as const]),
    ...(apiServerPort === undefined ? [] : [[apiServerPort, "endpoint.apiServerPort"] as const]),
  ]);

function samePort(
  { port, apiServerPort }: Partly<Pick<KeepalivedSpec, "port" | "apiServerPort">>,
  path: Path,
): Problem[] {
  return port === undefined || port !== apiServerPort
    ? []
    : [
        problem(
          [...path, "apiServerPort"],
          `found ${port}, as endpoint.port, expected another; balancer and API server listen on the same machines`,
        ),
      ];
}
