/**
 * The longest outage in seconds, as a median over runs, that a way to hold the VIP may have under a fault; the project's
 * own goals (docs/failover.md).
 */
const GOALS: readonly {
  readonly faults: readonly string[];
  readonly kinds?: readonly string[];
  readonly seconds: number;
}[] = [
  { faults: ["power-off"], kinds: ["bird"], seconds: 0.9 },
  { faults: ["power-off"], kinds: ["bgp"], seconds: 1.75 },
  { faults: ["power-off"], kinds: ["arp"], seconds: 3 },
  { faults: ["power-off"], kinds: ["haproxy", "nginx", "balancers"], seconds: 1.2 },
  { faults: ["kill-apiserver", "apiserver-away"], seconds: 0.5 },
  { faults: ["freeze-apiserver"], seconds: 1.5 },
  { faults: ["reboot", "reboot-member", "shut-down"], seconds: 0 },
  { faults: ["kill-haproxy", "kill-nginx", "kill-keepalived", "kill-kube-vip", "kill-bird"], seconds: 1 },
  { faults: ["switch-down"], kinds: ["bird"], seconds: 1 },
  { faults: ["switch-down"], kinds: ["bgp"], seconds: 3.5 },
];

/** The goal for a fault at a kind; undefined where there is none. Pure. */
export const goalOf = (kind: string, fault: string): number | undefined =>
  GOALS.find(({ faults, kinds }) => faults.includes(fault) && (kinds === undefined || kinds.includes(kind)))?.seconds;
