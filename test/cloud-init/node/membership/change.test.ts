import { execFileSync } from "node:child_process";
import * as path from "node:path";
import { describe, expect, it, test } from "vitest";
import { STEPS } from "../../../components/membership/steps";
import { TestMachine } from "./machine";

const NODE = path.resolve(__dirname, "../../../../cloud-init/node");

/** What a line of shell prints, with a file of the on-node program read. */
const shell = (file: string, line: string): string =>
  execFileSync("bash", ["-c", `. "${path.join(NODE, file)}"; ${line}`], { encoding: "utf8" });

test("which step leads from one version to another", () => {
  const cases = [...STEPS, ["v1.34.3", "1.34.3", "none"] as const];
  const lines = cases.map(([from, to]) => `version_step ${from} ${to}`).join("; ");
  expect(shell("grant/lib/versions.sh", lines).trim().split("\n")).toEqual(cases.map(([, , step]) => step));
});

test("the way from one version to another names each minor", () => {
  expect(shell("grant/lib/versions.sh", "version_path v1.33.1 1.36.2; version_path 1.33.1 1.34.0")).toBe(
    "1.34.x -> 1.35.x -> 1.36.2\n1.34.0\n",
  );
});

test("what clients ask for of deprecated APIs is read from the API server's metrics", () => {
  const metrics = [
    'apiserver_requested_deprecated_apis{group="policy",removed_release="1.25",resource="budgets",subresource="",version="v1beta1"} 1',
    'apiserver_requested_deprecated_apis{group="",removed_release="",resource="componentstatuses",subresource="",version="v1"} 1',
    'apiserver_request_total{group="policy"} 7',
  ].join("\n");
  const found = execFileSync(
    "bash",
    [
      "-c",
      `eval "$(sed -n '/^deprecated_apis()/,/^}/p' "${path.join(NODE, "grant/change/kubernetes.sh")}")"; deprecated_apis`,
    ],
    { input: metrics, encoding: "utf8" },
  );
  expect(found).toBe("budgets of policy/v1beta1, gone in 1.25\ncomponentstatuses of v1\n");
});

interface Lease {
  metadata: { resourceVersion: string };
  spec: { holderIdentity: string; renewTime: string; leaseDurationSeconds: number };
}
const lease = (machine: TestMachine): Lease => JSON.parse(machine.read("fake/lease.json") ?? "null") as Lease;
const held = (holder: string, seconds = 60): string =>
  JSON.stringify({
    metadata: { name: "rackplane", resourceVersion: "7" },
    spec: { holderIdentity: holder, leaseDurationSeconds: seconds, renewTime: "2026-01-01T00:00:00.000000Z" },
  });

/** Its API server is of 1.34.3, which the mirror has, and its kubelet of the release before. */
function runsBehind(machine: TestMachine): void {
  machine.write("etc/kubernetes/manifests/kube-apiserver.yaml", "    image: registry.k8s.io/kube-apiserver:v1.34.3\n");
  for (const pod of ["kube-controller-manager", "kube-scheduler"])
    machine.write(`etc/kubernetes/manifests/${pod}.yaml`, "");
  for (const file of ["kubelet-version", "kubelet-runs"]) machine.write(`fake/${file}`, "v1.34.2\n");
  machine.write("fake/version", "v1.34.3\n");
  machine.write("fake/available", "1.34.3");
  machine.write(
    "fake/registry",
    "registry.k8s.io/kube-apiserver:v1.34.3\nregistry.k8s.io/kube-proxy:v1.34.3\nregistry.k8s.io/etcd:3.6.5-0\npause\n",
  );
}

/** A member whose kubelet is behind: the smallest change that is due. */
async function behind(): Promise<TestMachine> {
  const machine = new TestMachine(1).cluster(0, 2);
  const joined = await machine.run("member");
  expect(joined.code, joined.stderr).toBe(0);
  runsBehind(machine);
  machine.write("fake/ordinary.json", JSON.stringify({ items: [] }));
  return machine;
}
const change = (machine: TestMachine) => {
  const { node } = machine.grant("member");
  return machine.announcing(machine.run("member", { node: { ...node, deadlines: { ...node.deadlines, member: 4 } } }));
};

describe.concurrent("the cluster's lock", () => {
  it("is taken for a change, and given back at its end", async () => {
    const machine = await behind();
    const { run } = await change(machine);
    expect(run.code, run.stderr).toBe(0);
    expect(lease(machine).spec.holderIdentity).toBe("");
  });

  it("is waited for while another machine holds it, and nothing is changed", async () => {
    const machine = await behind();
    machine.write("fake/lease.json", held("prod-cp-0 member 1"));
    const { run, moves } = await change(machine);
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/the cluster's lock .*held by 'prod-cp-0 member 1', which changes its machine now/);
    expect([moves, machine.read("fake/kubelet-runs")]).toEqual([[], "v1.34.2\n"]);
    expect(lease(machine).metadata.resourceVersion).toBe("7");
  });

  it("is free again when its holder has not renewed it for its whole time, by this machine's own clock", async () => {
    const machine = await behind();
    machine.write("fake/lease.json", held("prod-cp-0 member 1", 1));
    const { run } = await change(machine);
    expect(run.code, run.stderr).toBe(0);
  });

  it("that an earlier run of this machine left is its own", async () => {
    const machine = await behind();
    machine.write("fake/lease.json", held("prod-cp-1 member 1"));
    const { run } = await change(machine);
    expect(run.code, run.stderr).toBe(0);
  });
});

describe.concurrent("a change", () => {
  it("is none where nothing is due: neither lock nor VIP is touched", async () => {
    const machine = await behind();
    machine.write("fake/kubelet-version", "v1.34.3\n");
    const { run, moves } = await change(machine);
    expect(run.code, run.stderr).toBe(0);
    expect([moves, machine.has("fake/lease.json")]).toEqual([[], false]);
  });

  it("is not begun while the VIP stays here", async () => {
    const machine = await behind();
    const { node } = machine.grant("member");
    // No announcer hands it over; the verb's own wait is a minute, which the test does not take.
    const begun = machine.begin("member", { node: { ...node, deadlines: { ...node.deadlines, member: 4 } } });
    await machine.until(() => machine.has("run/rackplane/held-back"), 30);
    await machine.until(
      () => (machine.read("var/lib/rackplane/status") ?? "").includes("another machine to serve at"),
      30,
    );
    expect(machine.has("fake/upgrades")).toBe(false);
    machine.write("run/rackplane/announcing", "no 1");
    machine.erase("fake/vip");
    await machine.until(() => machine.has("fake/upgrades"), 30);
    await machine.announcing(begun.ended);
  });

  it("of a machine that is alone says that the endpoint is away meanwhile", async () => {
    const machine = new TestMachine(0);
    const formed = await machine.run("form");
    expect(formed.code, formed.stderr).toBe(0);
    for (const [file, content] of Object.entries(machine.keys)) machine.write(`etc/kubernetes/pki/${file}`, content);
    runsBehind(machine);
    const run = await machine.run("member", { roster: [machine.self] });
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).toContain(
      "no other machine can hold 203.0.113.1: the endpoint is away while this machine's API server is",
    );
  });
});

describe.concurrent("ordinary pods", () => {
  const pods = (...names: string[]) =>
    JSON.stringify({
      items: names.map(name => ({
        metadata: {
          name,
          namespace: "shop",
          ownerReferences:
            name === "alone" ? [] : [{ kind: name === "agent" ? "DaemonSet" : "ReplicaSet", controller: true }],
        },
        status: { phase: "Running" },
      })),
    });
  const schedulable = (machine: TestMachine) => {
    const { node, kubeadm } = machine.grant("member");
    const join = kubeadm?.join as { nodeRegistration: object };
    return {
      node: { ...node, deadlines: { ...node.deadlines, member: 4 } },
      kubeadm: { ...kubeadm, join: { ...join, nodeRegistration: { ...join.nodeRegistration, taints: [] } } },
    };
  };

  it("leave a machine that may have them, those of a DaemonSet and those without an owner apart; it takes pods again", async () => {
    const machine = await behind();
    machine.write("fake/ordinary.json", pods("cart", "agent", "alone"));
    const { run } = await machine.announcing(machine.run("member", schedulable(machine)));
    expect(run.code, run.stderr).toBe(0);
    expect(machine.read("fake/ordinary.json")).not.toContain("cart");
    expect(machine.read("fake/ordinary.json")).toContain("agent");
    expect(machine.read("fake/ordinary.json")).toContain("alone");
    expect(machine.read("fake/unschedulable")).toBe("");
    expect(machine.calls.filter(call => call.includes("/eviction"))).toHaveLength(1);
  });

  it("stay on a machine that has none but the control plane's", async () => {
    const machine = await behind();
    machine.write("fake/ordinary.json", pods("cart"));
    const { run } = await change(machine);
    expect(run.code, run.stderr).toBe(0);
    expect(machine.has("fake/unschedulable")).toBe(false);
  });

  it("leave when their disruption budget allows it, and a Node that a person cordoned stays so", async () => {
    const machine = await behind();
    machine.write("fake/ordinary.json", pods("cart"));
    machine.write("fake/unschedulable", "true");
    machine.write("fake/faults/budget", "2");
    const { run } = await machine.announcing(machine.run("member", schedulable(machine)));
    expect(run.code, run.stderr).toBe(0);
    expect(machine.calls.filter(call => call.includes("/eviction"))).toHaveLength(3);
    expect(machine.read("fake/unschedulable")).toBe("true");
  });
});
