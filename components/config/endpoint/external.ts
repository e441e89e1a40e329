import { z } from "zod";
import { addressProblem } from "../values/addresses";
import type { Kind } from "../values/kind";
import { isDnsName } from "../values/names";
import { API_PORT, portProblems, tcpPort } from "../values/ports";
import { describe, problem, type Path, type Problem } from "../values/problems";
import { judged, readSection, type Partly } from "../values/section";
import { checkedText, whole } from "../values/forms";
import { nodeLocalBalancer, type LocalBalancerArgs, type LocalBalancerSpec } from "./local-balancer";

/**
 * A balancer that Rackplane does not manage, or a DNS name of the machines. Rackplane sets nothing up for it; once the
 * cluster is complete, it only checks that the endpoint reaches every API server and leaves long watches alone.
 */
export interface ExternalArgs extends LocalBalancerArgs {
  kind: "external";
  /**
   * IPv4 address or DNS name; certificates are made for it. It must lead to the machines before the first machine is
   * formed: kubeadm waits for the API behind it.
   */
  address: string;
  /**
   * TCP port at that address.
   * @default 6443
   */
  port?: number;
  /**
   * TCP port of the API servers, where the balancer goes.
   * @default 6443
   */
  apiServerPort?: number;
  /**
   * Seconds, 5 to 3600, for which a watch is left silent to see whether it is cut. The check is the last step of
   * `pulumi up` and takes this long, once for each endpoint and list of machines. The default is just longer than the
   * minute after which balancers end silent connections unless they are configured otherwise.
   * @default 65
   */
  watchSeconds?: number;
}

/** The complete form of {@link ExternalArgs}. */
export interface ExternalSpec extends LocalBalancerSpec {
  readonly kind: "external";
  readonly address: string;
  readonly port: number;
  readonly apiServerPort: number;
  readonly watchSeconds: number;
}

const ADDRESS = 'an IPv4 address or a DNS name in lower case, such as "api.example.com"';

const endpointProblem = (text: string): string | undefined => {
  if (/^[\d.]+(\/\d+)?$/.test(text) || text.includes(":")) {
    return /^[a-z]+:\/\//.test(text) || /:\d+$/.test(text)
      ? `found ${describe(text)}, expected ${ADDRESS}; leave scheme and port out`
      : addressProblem(text);
  }
  return isDnsName(text) ? undefined : `found ${describe(text)}, expected ${ADDRESS}`;
};

const schema = z
  .object({
    kind: z.literal("external"),
    address: checkedText(ADDRESS, endpointProblem),
    port: tcpPort(API_PORT),
    apiServerPort: tcpPort(API_PORT),
    watchSeconds: whole("whole seconds", 5, 3600).default(65),
    nodeLocalBalancer: nodeLocalBalancer(false),
  })
  .strict();

type Section = z.output<typeof schema>;

export const external: Kind<ExternalArgs, ExternalSpec, Section> = {
  example: { kind: "external", address: "api.example.com" },
  read(raw, path) {
    const reading = readSection(schema, raw, path);
    return judged(
      reading,
      [
        ...portProblems(reading.partial.apiServerPort, [...path, "apiServerPort"]),
        ...nameProblems(reading.partial, [...path, "nodeLocalBalancer"]),
      ],
      section => section,
    );
  },
};

/** Workers' packets are led to the balancer by the address that they go to, and a name may change its address. */
const nameProblems = ({ address, nodeLocalBalancer }: Partly<Section>, path: Path): Problem[] =>
  nodeLocalBalancer !== true || address === undefined || addressProblem(address) === undefined
    ? []
    : [
        problem(
          path,
          `found true with the name "${address}" as endpoint.address, expected false or an IPv4 address there; workers' packets are led to their balancer by the endpoint's address`,
        ),
      ];
