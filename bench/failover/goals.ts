import type { Site } from "../../rack/faults/fault";
import type { Figures } from "./record";

/** What the median of some runs is to be at most. */
export interface Goal {
  readonly figure: "outageSeconds" | "failed" | "writeOutageSeconds";
  readonly most: number;
}

const outage = (most: number): Goal => ({ figure: "outageSeconds", most });
const writes = (most: number): Goal => ({ figure: "writeOutageSeconds", most });
const NO_FAILURE: Goal = { figure: "failed", most: 0 };

/** Seconds for a machine that is dead, by what has to find out: BFD or a hold time, a lease, missed advertisements. */
const DEAD_MACHINE: Readonly<Record<string, number>> = {
  "kube-vip-bgp": 0.9,
  "kube-vip-arp": 3,
  keepalived: 1.2,
  balancers: 1.2,
};

/** By the fault: the same for every way to hold the VIP. */
const EVERYWHERE: Readonly<Record<string, Goal>> = {
  "kill-apiserver": outage(0.5),
  "freeze-apiserver": outage(1.5),
  reboot: NO_FAILURE,
  shutdown: NO_FAILURE,
  "kill-etcd": writes(2),
  "freeze-etcd": writes(2),
  "leader-power-off": writes(2),
  "partition-leader": writes(2),
  "cut-etcd": writes(2),
  "kill-balancer": outage(1),
  "kill-keepalived": outage(1),
  "kill-kube-vip": outage(1),
  // Without BFD: a hold time and half a second.
  "switch-power-off": outage(3.5),
};

/** What is aimed at for a fault at a site, where anything is. */
export function goalOf(fault: string, { endpoint }: Site): Goal | undefined {
  const dead = DEAD_MACHINE[endpoint];
  if (fault === "power-off" && dead !== undefined) return outage(dead);
  return EVERYWHERE[fault];
}

/** `<= 0.5: reached`, for a person. Pure. */
export const verdict = (goal: Goal | undefined, medians: Pick<Figures, Goal["figure"]>): string => {
  if (goal === undefined) return "-";
  const { figure, most } = goal;
  const what = figure === "failed" ? `${most} failed` : `${figure === "writeOutageSeconds" ? "writes " : ""}<= ${most}`;
  return `${what}: ${medians[figure] <= most ? "reached" : "missed"}`;
};
