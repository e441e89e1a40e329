import type { FaultCase, Victim } from "../../rack/faults/cases";

/** What is known of a cluster as a fault is about to happen. */
export interface Standing {
  readonly controlPlane: readonly string[];
  readonly balancers: readonly string[];
  /** Machines that announce or hold the VIP. */
  readonly announcers: readonly string[];
  /** Machine of etcd's leader. */
  readonly leader: string;
}

/** The switch that faults hit: which of two alike is the same. */
export const SWITCH = "switch-a";

/**
 * Whom each part of a fault hits, in its order; no machine twice where the parts allow it. Pure.
 *
 * @throws Error when there is none of that kind
 */
export function victimsOf({ name, parts }: FaultCase, standing: Standing): string[] {
  const hit: string[] = [];
  for (const { hits } of parts) {
    const found = victim(hits, standing, hit);
    if (found === undefined)
      throw new Error(
        `fault ${name}: found no ${hits} to hit, expected one among ${[...standing.controlPlane, ...standing.balancers].join(", ")}`,
      );
    hit.push(found);
  }
  return hit;
}

function victim(hits: Victim, standing: Standing, hit: readonly string[]): string | undefined {
  const { controlPlane, balancers, announcers, leader } = standing;
  const holder = announcers[0] ?? controlPlane[0];
  switch (hits) {
    case "holder":
      return holder;
    case "member":
      return controlPlane.find(name => name === holder) ?? controlPlane[0];
    case "leader":
      return controlPlane.find(name => name === leader);
    case "other-member":
      return (
        controlPlane.find(name => !hit.includes(name) && announcers.includes(name)) ??
        controlPlane.find(name => !hit.includes(name))
      );
    case "standby":
      return balancers.find(name => !announcers.includes(name));
    case "switch":
      return SWITCH;
  }
}
