import { announcersExpected } from "../../rack/cli/endpoint";
import { readStackFile } from "../../rack/cli/stack-file";
import type { Status } from "../../rack/cli/status";
import { whole } from "../rack";

/** One way to hold the VIP, on machines that exist: its stack and its machines. */
export interface KindCase {
  /** What `KIND=` names. */
  readonly name: string;
  readonly stack: string;
  readonly controlPlane: readonly string[];
  readonly workers: readonly string[];
  readonly balancers: readonly string[];
  /** Machines that announce when all is well. */
  readonly announcers: number;
  /** The faults that it has to survive. */
  readonly faults: readonly FaultName[];
  /** Seconds of an outage that each fault may cause. */
  readonly longestOutage: Readonly<Record<FaultName, number>>;
}

/**
 * Seconds, from what detects the loss and one second more for a probe that hangs. BGP: a hold time of 3 s, or three packets
 * of BFD where BIRD speaks, 0.75 s, and half a second of a probe that was under way. ARP: a lease
 * of 5 s, which has to run out because the lost leader cannot release it, and which the others try to take every one to
 * two seconds; a machine that shuts down keeps the VIP until one of them has. VRRP: three missed advertisements. A
 * balancer: its three checks. An orderly end takes a second or two: the machine of a killed API server withdraws by
 * itself, and a machine that reboots says goodbye.
 */
const LONGEST: Readonly<Record<string, KindCase["longestOutage"]>> = {
  bfd: { "kill-apiserver": 2, "power-off": 1.5, reboot: 2 },
  "kube-vip-bgp": { "kill-apiserver": 2, "power-off": 5, reboot: 2 },
  "kube-vip-arp": { "kill-apiserver": 4, "power-off": 9, reboot: 2 },
  keepalived: { "kill-apiserver": 4, "power-off": 7, reboot: 4 },
  balancers: { "kill-apiserver": 4, "power-off": 7, reboot: 4 },
  external: { "kill-apiserver": 4, "power-off": 5, reboot: 4 },
};

export const FAULTS = ["kill-apiserver", "power-off", "reboot"] as const;
export type FaultName = (typeof FAULTS)[number];

const NAMES = ["bgp", "bird", "arp", "haproxy", "nginx", "balancers", "external", "workers"] as const;

/** All of them (`all`, or nothing), or the one that `KIND` names. @throws Error naming the kinds there are */
export function kindCases(only: string | undefined = process.env.KIND): KindCase[] {
  if (only === "all") return kindCases("");
  if (only && !NAMES.some(name => name === only)) throw new Error(`KIND=${only}: expected one of ${NAMES.join(", ")}`);
  return NAMES.filter(name => !only || name === only).map(name => {
    const { hosts, endpoint } = readStackFile(`rack-${name}`);
    const of = (role: string) => hosts.filter(host => host.role === role).map(host => host.name);
    const controlPlane = of("control-plane");
    const longestOutage = LONGEST[endpoint.bfd ? "bfd" : endpoint.kind];
    if (longestOutage === undefined)
      throw new Error(
        `rack-${name}: found endpoint.kind ${endpoint.kind}, expected one of ${Object.keys(LONGEST).join(", ")}`,
      );
    return {
      name,
      stack: `rack-${name}`,
      controlPlane,
      workers: of("worker"),
      balancers: of("balancer"),
      announcers: announcersExpected(endpoint.kind, controlPlane.length),
      longestOutage,
      // The `arp` stack holds its VIP in the same way and shows the faults; the `workers` stack is there for its
      // workers.
      faults: name === "workers" ? [] : FAULTS,
    };
  });
}

/** Everything runs, is Ready, healthy and announced. */
export const well = ({ controlPlane, workers, balancers, announcers }: KindCase): ((now: Status) => boolean) =>
  whole(controlPlane.length, { workers: workers.length, balancers: balancers.length, announcers });

/** The machine whose loss hurts most: the VIP's holder, or else the first machine of the control plane. */
export const holderOf = (kind: KindCase, now: Status): string =>
  now.endpoint?.announcers[0] ?? kind.controlPlane[0] ?? "";

/** A control-plane machine whose API server is asked: the VIP's holder, if that runs one. */
export const apiServerOf = (kind: KindCase, now: Status): string => {
  const holder = holderOf(kind, now);
  return kind.controlPlane.includes(holder) ? holder : (kind.controlPlane[0] ?? "");
};
