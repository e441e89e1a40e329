import { describe, expect, it } from "vitest";
import { TestMachine } from "./machine";

const NETWORK = "container runtime network not ready: cni plugin not initialized";
type Condition = { status: string; reason?: string; message?: string } | undefined;

const READY: Condition = { status: "True" };
const NO_NETWORK: Condition = { status: "False", reason: "KubeletNotReady", message: NETWORK };
const SILENT: Condition = {
  status: "Unknown",
  reason: "NodeStatusUnknown",
  message: "Kubelet stopped posting node status.",
};

const START_UP = { key: "node.cloudprovider.kubernetes.io/uninitialized", value: "true", effect: "NoSchedule" };

const nodes = (conditions: readonly Condition[], tainted: readonly number[] = []): string =>
  JSON.stringify({
    items: conditions.map((ready, i) => ({
      metadata: { name: `prod-${i}` },
      spec: tainted.includes(i) ? { taints: [START_UP] } : {},
      status: {
        conditions: [{ type: "MemoryPressure", status: "False" }, ...(ready ? [{ type: "Ready", ...ready }] : [])],
      },
    })),
  });

function aMember(...conditions: readonly Condition[]): TestMachine {
  const machine = new TestMachine();
  machine.write("etc/kubernetes/admin.conf", "");
  machine.write("etc/rackplane/node.json", JSON.stringify(machine.grant("member").node));
  machine.write("fake/nodes.json", nodes(conditions));
  return machine;
}

describe.concurrent("the end of an up", () => {
  it("is that every Node is Ready", async () => {
    const { code, stderr } = await aMember(READY, READY).program("await-nodes");
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("nodes: done: 2 of 2 Nodes are Ready\n");
  });

  it("waits for a Node without the pod network, and goes on when it is there", async () => {
    const machine = aMember(READY, NO_NETWORK);
    machine.write(
      "etc/rackplane/node.json",
      JSON.stringify({ ...machine.grant("member").node, deadlines: { member: 20 } }),
    );
    const ended = machine.program("await-nodes");
    await machine.until(() =>
      (machine.read("var/lib/rackplane/status") ?? "").includes("wait\tevery Node to be Ready"),
    );
    machine.write("fake/nodes.json", nodes([READY, READY]));
    expect((await ended).code).toBe(0);
  });

  it.each<[string, readonly Condition[], string]>([
    ["that never gets the pod network", [READY, NO_NETWORK], `prod-1: ${NETWORK}`],
    ["whose kubelet has not spoken yet", [undefined, READY], "prod-0: its kubelet has not spoken yet"],
    [
      "whose kubelet never spoke",
      [{ status: "Unknown", reason: "NodeStatusNeverUpdated", message: "never" }],
      "prod-0: never",
    ],
    ["that is not there", [], "the API server lists no Node"],
  ])("fails for a Node %s, and says why", async (_, conditions, words) => {
    const { code, stderr } = await aMember(...conditions).program("await-nodes");
    expect(code).toBe(1);
    expect(stderr).toContain("waited 1 s for every Node to be Ready");
    expect(stderr).toContain(words);
  });

  it("waits for the cloud controller to find a machine, and says which one it has not found", async () => {
    const machine = aMember();
    machine.write("fake/nodes.json", nodes([READY, READY, SILENT], [1, 2]));
    const { code, stderr } = await machine.program("await-nodes");
    expect(code).toBe(1);
    expect(stderr).toContain(
      "prod-1: the cloud controller has not found its machine (taint node.cloudprovider.kubernetes.io/uninitialized)",
    );
    expect(stderr).not.toMatch(/prod-[02]: /);
  });

  it("does not wait for a machine that is off, and names it", async () => {
    const { code, stderr } = await aMember(READY, SILENT, READY).program("await-nodes");
    expect(code).toBe(0);
    expect(stderr).toContain("2 of 3 Nodes are Ready; not waited for, since their kubelets are silent: prod-1\n");
  });

  it("without a pod network is that every Node is registered, and says what is missing", async () => {
    const machine = aMember(READY, NO_NETWORK, NO_NETWORK, SILENT);
    machine.write(
      "etc/rackplane/node.json",
      JSON.stringify({ ...machine.grant("member").node, network: { kind: "none" } }),
    );
    const { code, stderr } = await machine.program("await-nodes");
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("nodes: every Node is registered\n");
    expect(stderr).toMatch(
      /1 of 4 Nodes are Ready; not waited for, .*: prod-3; no pod network \(network\.kind none\), .*: prod-1, prod-2\. Install one/,
    );
  });

  it.each<[string, Condition]>([
    [
      "whose containerd is down",
      { status: "False", message: "[container runtime is down, container runtime network not ready]" },
    ],
    ["whose kubelet has not spoken yet", undefined],
  ])("without a pod network still fails for a Node %s", async (_, condition) => {
    const machine = aMember(NO_NETWORK, condition);
    machine.write(
      "etc/rackplane/node.json",
      JSON.stringify({ ...machine.grant("member").node, network: { kind: "none" } }),
    );
    const { code, stderr } = await machine.program("await-nodes");
    expect(code).toBe(1);
    expect(stderr).toContain("waited 1 s for every Node to be registered");
  });

  it("is not told by a machine that is no member", async () => {
    const { code, stderr } = await new TestMachine().program("await-nodes");
    expect(code).toBe(1);
    expect(stderr).toMatch(/admin\.conf is missing: this machine is no member of the cluster/);
  });
});
