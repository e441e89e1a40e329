import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, test } from "vitest";
import { describeDiagnosis, diagnose } from "../../doctor/diagnosis";
import { EXAMINATIONS } from "../../doctor/examinations";
import { skew } from "../../doctor/examinations/clock";
import type { MachineReport, Report, SshFault } from "../../doctor/report";
import { failing, machine, NAMES, node, report, seen, told, VIP } from "./reports";

const unreachable = (kind: SshFault["kind"], words: string): Report => {
  const { seen: _, ...rest } = machine(1);
  return report({ 1: { ...rest, fault: { kind, words } } });
};

/** A VIP that moves: each machine asks by ARP, and the ones named have it. */
const moving = (...holders: number[]): Report =>
  report(
    Object.fromEntries(
      NAMES.map((_, i): [number, MachineReport] => [
        i,
        machine(i, {
          seen: seen(i, {
            vipHere: holders.includes(i),
            conditions: [{ name: "one-holder", ok: true, asks: "exactly one machine to have it" }],
          }),
        }),
      ]),
    ),
  );

const [ours, learner] = [seen(0).members ?? [], { id: "255", name: "lab-cp-2", address: "10.70.0.5", learner: true }];

const PREFIX = "metal.equinix.com/";
const KEYS = ["node-asn", "peer-asn", "peer-ip", "src-ip"];
const numbered = [0, 1].flatMap(i => KEYS.map(key => `bgp-peers-${i}-${key}`));
/** kube-vip asks the Nodes' annotations: one Node has all of the newer form, the others have these. */
const annotated = (others: readonly string[], loadBalancers: number): Report =>
  told({
    loadBalancers,
    workloads: [
      {
        kind: "DaemonSet",
        namespace: "kube-system",
        name: "kube-vip-services",
        wanted: 3,
        ready: 3,
        asks: "metal.equinix.com",
      },
    ],
    nodes: NAMES.map(name =>
      node(name, { annotations: (name === "lab-cp-1" ? numbered : others).map(key => `${PREFIX}${key}`) }),
    ),
  });

/** What is wrong, the report, the examination that finds it first, and the sentence that a person reads. */
const FAULTS: [fault: string, report: Report, examination: string, sentence: RegExp][] = [
  [
    "sshd is stopped",
    unreachable("refused", "connect to host 198.51.100.3 port 22: Connection refused"),
    "ssh",
    /^lab-cp-1: SSH to root@198\.51\.100\.3 port 22: .*Connection refused; expected an SSH server there; .*'systemctl start ssh'/,
  ],
  [
    "a machine has no power",
    unreachable("silent", "connect to host 198.51.100.3 port 22: Connection timed out"),
    "ssh",
    /^lab-cp-1: .*timed out; expected an SSH server to answer; see that the machine is switched on/,
  ],
  [
    "another server is in a machine's place",
    unreachable("host-key", "another host key than expected"),
    "ssh",
    /^lab-cp-1: .*another host key.*; compare it with 'cat \/etc\/ssh\/ssh_host_ed25519_key\.pub' at the console of lab-cp-1/,
  ],
  ["the key is not taken", unreachable("login", "Permission denied (publickey)."), "ssh", /'ssh-add'/],
  ["sudo asks for a password", unreachable("sudo", "sudo: a password is required"), "ssh", /NOPASSWD/],
  ["a name is unknown", unreachable("unknown-host", "Could not resolve hostname a"), "ssh", /correct the name/],
  ["a machine hangs", unreachable("late", "no answer within 120 s"), "ssh", /restart it where it hangs/],
  ["a machine was never prepared", unreachable("failed", "jq: command not found"), "ssh", /run 'pulumi up'/],
  [
    "the program is gone",
    report({ 2: machine(2, { installed: "" }) }),
    "program",
    /^lab-cp-2: no program in \/opt\/rackplane.*; run 'pulumi up'/,
  ],
  [
    "a machine belongs to another cluster",
    report({ 1: machine(1, { seen: seen(1, { cluster: "prod" }) }) }),
    "same-cluster",
    /^lab-cp-1: it is one of the cluster prod; expected lab, as the stack file has it/,
  ],
  [
    "a machine formed a cluster of its own",
    report({ 2: machine(2, { seen: seen(2, { ca: "another" }) }) }),
    "same-cluster",
    /^lab-cp-2: its \/etc\/kubernetes\/pki\/ca\.crt is not that of the other machines/,
  ],
  [
    "a clock is ahead",
    report({ 1: machine(1, { seen: seen(1, { began: 1101, ended: 1102 }) }) }),
    "clock",
    /^lab-cp-1: its clock is 99 s ahead of yours; expected 5 s at most; run 'timedatectl set-ntp true' on it/,
  ],
  [
    "a clock is behind",
    report({ 1: machine(1, { seen: seen(1, { began: 400, ended: 401 }) }) }),
    "clock",
    /^lab-cp-1: its clock is 600 s behind yours/,
  ],
  [
    "the operator's own clock is wrong",
    told({ began: 5001, ended: 5002 }),
    "clock",
    /^your own clock is 3999 s behind those of all machines; expected 5 s at most; run 'timedatectl set-ntp true' here/,
  ],
  [
    "a disk is full",
    report({ 0: failing(0, "disk", "/var/lib/etcd with 0 KiB free", "room on every disk", "free space there") }),
    "disk",
    /^lab-cp-0: \/var\/lib\/etcd with 0 KiB free; expected room on every disk; free space there$/,
  ],
  [
    "kubelet is stopped",
    report({
      1: failing(
        1,
        "kubelet",
        "kubelet.service is inactive",
        "kubelet to run",
        "run 'systemctl restart kubelet' on it",
      ),
    }),
    "kubelet",
    /^lab-cp-1: kubelet\.service is inactive; expected kubelet to run; run 'systemctl restart kubelet' on it$/,
  ],
  [
    "a worker's own balancer is stopped",
    report({
      1: failing(
        1,
        "local-balancer",
        "rackplane-local-balancer.service is inactive",
        "this machine's own balancer to lead its kubelet to the API servers",
        "run 'systemctl restart rackplane-local-balancer' on it",
      ),
    }),
    "local-balancer",
    /^lab-cp-1: rackplane-local-balancer\.service is inactive; .*; run 'systemctl restart rackplane-local-balancer' on it$/,
  ],
  [
    "etcd lacks a member",
    told({ members: ours.slice(0, 2) }),
    "members",
    /^lab-cp-2: etcd lists 2 members, and this machine is none of them; expected 3 voting members, .*; run 'pulumi up'/,
  ],
  [
    "etcd has a member too many",
    told({ members: [...ours, { id: "255", name: "lab-cp-9", address: "10.70.0.9", learner: false }] }),
    "members",
    /^etcd lists lab-cp-9 at 10\.70\.0\.9, which is no machine of the stack; .* member remove ff'$/,
  ],
  [
    "etcd has a learner",
    told({ members: [...ours.slice(0, 2), learner] }),
    "members",
    /^lab-cp-2: etcd has it as a learner, which has no vote/,
  ],
  [
    "two machines hold the VIP",
    moving(0, 2),
    "holders",
    /^lab-cp-0 and lab-cp-2 have 203\.0\.113\.1 at the same time; expected exactly one holder; .*'systemctl restart rackplane-announcer'/,
  ],
  ["no machine holds the VIP", moving(), "holders", /^none of lab-cp-0, lab-cp-1 and lab-cp-2 has 203\.0\.113\.1/],
  [
    "the endpoint is not reached from outside",
    report({}, { outside: { url: `https://${VIP}:6443`, asked: 5, failures: ["timed out", "timed out"] } }),
    "outside",
    /^https:\/\/203\.0\.113\.1:6443, asked from here: 2 of 5 connections failed \(timed out\); .*'curl -vk https:/,
  ],
  [
    "a Node is missing",
    told({ nodes: [node("lab-cp-0"), node("lab-cp-1")] }),
    "nodes",
    /^lab-cp-2: the cluster has no Node of it/,
  ],
  [
    "a Node is not Ready",
    told({ nodes: NAMES.map(name => node(name, { ready: name !== "lab-cp-1", why: "cni plugin not initialized" })) }),
    "nodes",
    /^lab-cp-1: its Node is not Ready: cni plugin not initialized; .*'kubectl describe node lab-cp-1'/,
  ],
  [
    "the pod network does not start",
    told({ nodes: NAMES.map(name => node(name, { ready: false, why: "container runtime network not ready: cni" })) }),
    "nodes",
    /^lab-cp-0, lab-cp-1 and lab-cp-2: its Node is not Ready: .*; see the pod network's own pods: 'kubectl get pods -A -o wide'/,
  ],
  [
    "no pod network was brought yet",
    {
      ...told({
        nodes: NAMES.map(name =>
          node(name, { ready: false, why: "container runtime network not ready: cni plugin not initialized" }),
        ),
      }),
      network: "none",
    },
    "nodes",
    /^lab-cp-0, lab-cp-1 and lab-cp-2: .*no pod network \(network\.kind is none\); expected one that you bring; install one/,
  ],
  [
    "Calico's pods are not ready",
    told({
      workloads: [
        { kind: "DaemonSet", namespace: "calico-system", name: "calico-node", wanted: 3, ready: 1, asks: null },
      ],
    }),
    "workloads",
    /^DaemonSet calico-system\/calico-node: 1 of 3 pods are ready/,
  ],
  [
    "a Node is cordoned",
    told({ nodes: NAMES.map(name => node(name, { unschedulable: name === "lab-cp-0" })) }),
    "nodes",
    /^lab-cp-0: its Node is cordoned.*; run 'kubectl uncordon lab-cp-0'$/,
  ],
  [
    "the start-up taint stays",
    told({ nodes: NAMES.map(name => node(name, { taints: ["node.cloudprovider.kubernetes.io/uninitialized"] })) }),
    "nodes",
    /^lab-cp-0: its Node has the start-up taint .*; expected a cloud controller to take it away; .*'kubectl taint node lab-cp-0/,
  ],
  [
    "kube-vip asks annotations that no controller wrote, while there is a Service",
    annotated([], 1),
    "annotations",
    /^lab-cp-0 and lab-cp-2: its Node has no annotation of BGP neighbours, neither metal\.equinix\.com\/bgp-peers-0-node-asn nor the older metal\.equinix\.com\/node-asn; .*'kubectl -n kube-system logs -l app\.kubernetes\.io\/name=cloud-provider-equinix-metal'$/,
  ],
  [
    "an annotation of the older form is missing",
    annotated(["node-asn", "peer-ip", "src-ip"], 0),
    "annotations",
    /^lab-cp-0 and lab-cp-2: its Node has no annotation peer-asn of BGP neighbours/,
  ],
  [
    "a Node has disk pressure",
    told({ nodes: NAMES.map(name => node(name, { pressures: name === "lab-cp-2" ? ["DiskPressure"] : [] })) }),
    "nodes",
    /^lab-cp-2: its Node has DiskPressure/,
  ],
  [
    "CoreDNS is scaled to nothing",
    told({
      workloads: [{ kind: "Deployment", namespace: "kube-system", name: "coredns", wanted: 0, ready: 0, asks: null }],
    }),
    "workloads",
    /^Deployment kube-system\/coredns asks for no pod; expected two; run 'kubectl -n kube-system scale deployment coredns --replicas=2'$/,
  ],
  [
    "kube-proxy runs nowhere",
    told({
      workloads: [{ kind: "DaemonSet", namespace: "kube-system", name: "kube-proxy", wanted: 0, ready: 0, asks: null }],
    }),
    "workloads",
    /^DaemonSet kube-system\/kube-proxy asks for no pod; expected one on every Node/,
  ],
  [
    "a pod of the network is not ready",
    told({
      workloads: [
        { kind: "DaemonSet", namespace: "kube-flannel", name: "kube-flannel", wanted: 3, ready: 2, asks: null },
      ],
    }),
    "workloads",
    /^DaemonSet kube-flannel\/kube-flannel: 2 of 3 pods are ready/,
  ],
  [
    "a machine has another version of the program",
    report({ 0: machine(0, { installed: "b".repeat(64) }) }),
    "program-version",
    /^lab-cp-0: its program is version b{12}; expected a{12}, which came with this doctor; run 'pulumi up'/,
  ],
];

test.each(FAULTS)(
  "%s: it is the first fault, in a sentence with what mends it",
  (_fault, given, examination, sentence) => {
    const { healthy, first } = diagnose(given);
    expect(healthy).toBe(false);
    expect(first?.examination).toBe(examination);
    expect(first?.sentence).toMatch(sentence);
  },
);

test("nothing is found on a healthy cluster, and a person's own workloads are none of the doctor's", () => {
  const diagnosis = diagnose(report());
  expect(diagnosis).toMatchObject({ healthy: true, first: null, others: [], notExamined: [] });
  expect(describeDiagnosis(diagnosis)).toBe(
    `lab is healthy: 3 machines, ${EXAMINATIONS.length} examinations, nothing found`,
  );
  expect(diagnose(moving(1)).healthy).toBe(true);
});

test("the fault that stands first in a packet's way comes first, whichever machine has it", () => {
  const given = report({
    0: failing(0, "service", "timed out", "a pod to reach it", "look"),
    1: failing(1, "containerd", "containerd.service is failed", "containerd to run", "restart it"),
    2: failing(2, "etcd", "not healthy: lab-cp-1", "etcd: every member voting", "bring it back"),
  });
  const { first, others } = diagnose(given);
  expect([first, ...others].map(finding => finding?.examination)).toEqual(["containerd", "etcd", "service"]);
});

test.each([
  ["that a controller before 3.3.0 wrote", annotated(KEYS, 1)],
  ["that are not there yet, while there is no Service to announce", annotated([], 0)],
  ["that nobody asks", told({ nodes: NAMES.map(name => node(name)), loadBalancers: 1 })],
])("annotations %s are no fault", (_, given) => expect(diagnose(given).first).toBeNull());

test("what several machines see alike is told once", () => {
  const ill = (i: number) => failing(i, "etcd", "not healthy: lab-cp-1", "all to be", "bring it back");
  const { first, others } = diagnose(report({ 0: ill(0), 2: ill(2) }));
  expect(first?.sentence).toBe("lab-cp-0 and lab-cp-2: not healthy: lab-cp-1; expected all to be; bring it back");
  expect(others).toEqual([]);
});

test("an endpoint that is not asked is told as such and is no fault", () => {
  const url = `https://${VIP}:6443`;
  const diagnosis = diagnose(report({}, { outside: { url, skipped: "left out (--inside)", asked: 0, failures: [] } }));
  expect(diagnosis.healthy).toBe(true);
  expect(describeDiagnosis(diagnosis)).toContain(`not examined: ${url}: left out (--inside)`);
});

test("a machine that tells nothing may be the one that holds the VIP", () => {
  const { seen: _, ...silent } = machine(1);
  const given = moving();
  const [first, , third] = given.machines;
  const { first: fault, others } = diagnose({
    ...given,
    machines: [first!, { ...silent, fault: { kind: "silent", words: "timed out" } }, third!],
  });
  expect([fault, ...others].map(finding => finding?.examination)).toEqual(["ssh"]);
});

describe("a clock", () => {
  const asked = { before: 1000, after: 1010 };
  test.each([
    [{ began: 1000.5, ended: 1009 }, 0],
    [{ began: 999.5, ended: 1009 }, 0],
    [{ began: 1060, ended: 1069 }, 59],
    [{ began: 940, ended: 949 }, -60],
  ])("%j is off by %i s for certain", (times, seconds) => expect(skew(times, asked)).toBe(seconds));
});

test("every condition of the machines' health is examined once, and every name is one of its own", () => {
  const file = path.resolve(__dirname, "../../cloud-init/node/health/conditions.json");
  const conditions = (JSON.parse(fs.readFileSync(file, "utf8")) as { name: string }[]).map(({ name }) => name);
  const names = EXAMINATIONS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(conditions.filter(name => !names.includes(name))).toEqual([]);
});
