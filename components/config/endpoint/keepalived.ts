import { z } from "zod";
import { machinesKind, type Kind } from "../kind";
import { portProblems } from "../values/ports";
import { problem, type Path, type Problem } from "../values/problems";
import { readSection, type Partly } from "../values/section";
import { whole } from "../values/forms";
import { subnetProblems, vipProblems } from "./vip";
import { VRRP_FIELDS, type VrrpArgs, type VrrpSpec } from "./vrrp";

/**
 * The VIP held by keepalived on one control-plane machine at a time, with a balancer on each of them: VIP:port goes
 * to some API server that is ready. Needs all of them in one layer-2 network.
 */
export interface KeepalivedArgs extends VrrpArgs {
  kind: "keepalived";
  /**
   * TCP port of the balancers, at the VIP.
   * @default 6443
   */
  port?: number;
  /**
   * TCP port of the API servers themselves; another one, as they share the machines with the balancers.
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
    port: whole("a TCP port", 1, 65535).default(6443),
    apiServerPort: whole("a TCP port", 1, 65535).default(6444),
  })
  .strict();

export const keepalived: Kind<KeepalivedArgs, KeepalivedSpec> = {
  example: { kind: "keepalived", address: "10.0.0.10", virtualRouterId: 51, password: "k8sapi01" },
  read(raw, path, context) {
    const { value, partial, problems: found } = readSection(schema, raw, path);
    const problems = [
      ...found,
      ...samePort(partial ?? {}, path),
      ...portProblems(partial?.port, [...path, "port"]),
      ...portProblems(partial?.apiServerPort, [...path, "apiServerPort"]),
      ...vipProblems(partial?.address, path, context),
      ...(machinesKind(context) === "equinix-metal"
        ? [
            problem(
              [...path, "kind"],
              "found keepalived on Equinix Metal, expected kube-vip-bgp; its machines share no layer-2 network, so a VRRP address reaches none of the others",
            ),
          ]
        : subnetProblems(partial?.address, raw, path, context, "control-plane")),
    ];
    return value === undefined || problems.length > 0 ? { problems } : { value, problems };
  },
};

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
