import { z } from "zod";
import { addressProblem, addressRange } from "../values/addresses";
import { checkedText, flag, whole } from "../values/forms";
import { problem, type Path, type Problem } from "../values/problems";
import { PRIVATE, known, within } from "../values/ranges";
import type { Partly } from "../values/section";

/** How balancer and keepalived are looked at. All of it is off by default. */
export interface ObservedArgs {
  /**
   * HAProxy's statistics page, `http://ADDRESS:PORT/haproxy?stats`, to look at alone: nothing can be changed there. It
   * has no password, so it is never bound to every address.
   * @default none
   * @example { port: 8080 }
   */
  statistics?: {
    /**
     * TCP port, 1 to 65535.
     * @default 8080
     */
    port?: number;
    /**
     * A private address that each of the machines has, such as 127.0.0.1.
     * @default each machine's own private address
     */
    address?: string;
  };
  /**
   * One line of HAProxy in the journal for each connection, when it ends.
   * @default false
   */
  connectionLog?: boolean;
  /**
   * keepalived tells by SNMP traps when the VIP moves. An SNMP agent of yours (`snmpd` with `master agentx`) has to run on the
   * machines; it sends the traps on, and knows where to. It cannot be turned on while keepalived runs (2.2.7 would end at the reload
   * and take the VIP along), so give it when the machines are set up.
   * @default false
   */
  snmpTraps?: boolean;
}

/** The complete form of {@link ObservedArgs}. */
export interface ObservedSpec {
  readonly statistics?: { readonly port: number; readonly address?: string };
  readonly connectionLog: boolean;
  readonly snmpTraps: boolean;
}

const LOOPBACK = known("127.0.0.0/8");
const STATISTICS = "a private address that each of the machines has, such as 127.0.0.1";

/** The reason against an address at which everybody could see which connections there are. */
function statisticsProblem(text: string): string | undefined {
  const range = addressRange(text);
  if (range !== undefined && within(range, LOOPBACK)) return undefined;
  if (text === "0.0.0.0" || text === "*" || text === "::")
    return `found "${text}", every address of the machines, expected ${STATISTICS}; the page has no password`;
  const reason = addressProblem(text);
  if (reason !== undefined || range === undefined) return reason ?? `found "${text}", expected ${STATISTICS}`;
  return PRIVATE.some(outer => within(range, known(outer)))
    ? undefined
    : `found "${text}", a public address, expected ${STATISTICS}; the page has no password`;
}

export const OBSERVED_FIELDS = {
  statistics: z
    .object({
      port: whole("a TCP port", 1, 65535).default(8080),
      address: checkedText(STATISTICS, statisticsProblem).optional(),
    })
    .strict()
    .optional(),
  connectionLog: flag().default(false),
  snmpTraps: flag().default(false),
};

type Section = Partly<ObservedSpec> & { readonly balancer?: string; readonly address?: string };

/** What nginx has not, and a page at an address that moves. `taken`: ports that something else at the machines has. */
export function observedProblems(
  { statistics, connectionLog, balancer, address }: Section,
  taken: ReadonlyMap<number, string>,
  path: Path,
): Problem[] {
  const haproxysOwn = Object.entries({ statistics, connectionLog }).flatMap(([field, value]) =>
    balancer === "nginx" && value !== undefined && value !== false
      ? [problem([...path, field], "found it with the balancer nginx, expected none; HAProxy alone has it")]
      : [],
  );
  const owner = statistics?.port === undefined ? undefined : taken.get(statistics.port);
  return [
    ...haproxysOwn,
    ...(owner === undefined
      ? []
      : [
          problem(
            [...path, "statistics", "port"],
            `found ${statistics?.port}, the port of ${owner}; expected one that nothing else has, such as 8080`,
          ),
        ]),
    ...(statistics?.address === undefined || statistics.address !== address
      ? []
      : [
          problem(
            [...path, "statistics", "address"],
            `found "${address}", the VIP, which one of the machines has at a time; expected ${STATISTICS}`,
          ),
        ]),
  ];
}
