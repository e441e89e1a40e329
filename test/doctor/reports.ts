import type { MachineReport, Report, Seen, SeenNode } from "../../doctor/report";

const PROGRAM = "a".repeat(64);
const CA = "-----BEGIN CERTIFICATE-----\nours\n-----END CERTIFICATE-----\n";
export const VIP = "203.0.113.1";
export const NAMES = ["lab-cp-0", "lab-cp-1", "lab-cp-2"] as const;
const addressOf = (i: number) => `10.70.0.${2 * i + 1}`;

export const node = (name: string, changes: Partial<SeenNode> = {}): SeenNode => ({
  name,
  ready: true,
  why: "kubelet is posting ready status",
  unschedulable: false,
  taints: [],
  annotations: [],
  pressures: [],
  ...changes,
});

/** What a machine that is well tells. */
export const seen = (i: number, changes: Partial<Seen> = {}): Seen => ({
  schema: 1,
  name: NAMES[i] ?? `lab-${i}`,
  address: addressOf(i),
  cluster: "lab",
  began: 1001,
  ended: 1002,
  vip: VIP,
  port: "6443",
  vipHere: true,
  announcing: true,
  ca: CA,
  nodes: NAMES.map(name => node(name)),
  workloads: [
    { kind: "Deployment", namespace: "kube-system", name: "coredns", wanted: 2, ready: 2, asks: null },
    { kind: "DaemonSet", namespace: "kube-system", name: "kube-proxy", wanted: 3, ready: 3, asks: null },
    { kind: "DaemonSet", namespace: "kube-flannel", name: "kube-flannel", wanted: 3, ready: 3, asks: null },
    { kind: "Deployment", namespace: "shop", name: "front", wanted: 2, ready: 0, asks: null },
  ],
  loadBalancers: 0,
  members: NAMES.map((name, j) => ({ id: `${900 + j}`, name, address: addressOf(j), learner: false })),
  conditions: [{ name: "prepared", ok: true, asks: "this machine to be prepared at this boot" }],
  ...changes,
});

export const machine = (i: number, changes: Partial<MachineReport> = {}): MachineReport => ({
  name: NAMES[i] ?? `lab-${i}`,
  role: "control-plane",
  where: `root@198.51.100.${2 * i + 1} port 22`,
  seen: seen(i),
  installed: PROGRAM,
  asked: { before: 1000, after: 1003 },
  ...changes,
});

/** A machine that does not have a condition of its own. */
export const failing = (i: number, name: string, found: string, asks: string, todo: string): MachineReport =>
  machine(i, { seen: seen(i, { conditions: [{ name, ok: false, asks, found, todo }] }) });

/** A healthy cluster of three, of which some machines are different. */
export const report = (changes: Record<number, MachineReport> = {}, rest: Partial<Report> = {}): Report => ({
  cluster: "lab",
  network: "flannel",
  program: PROGRAM,
  machines: NAMES.map((_, i) => changes[i] ?? machine(i)),
  outside: { url: `https://${VIP}:6443`, asked: 5, failures: [] },
  ...rest,
});

/** All machines tell something that the cluster says of itself. */
export const told = (changes: Partial<Seen>): Report =>
  report(Object.fromEntries(NAMES.map((_, i) => [i, machine(i, { seen: seen(i, changes) })])));
