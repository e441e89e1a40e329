import { describe, expect, it } from "vitest";
import type { Grant } from "../../../../cloud-init/contract/grant";
import { TestMachine } from "./machine";

interface Node {
  metadata: { resourceVersion: string; labels: Record<string, string>; annotations?: Record<string, string> };
  spec: { taints?: { key: string; effect: string }[] };
}
const LOST = { key: "node.kubernetes.io/unreachable", effect: "NoExecute" };

async function member(): Promise<TestMachine> {
  const machine = new TestMachine(1).cluster(0, 2);
  const { code, stderr } = await machine.run("member");
  expect(code, stderr).toBe(0);
  const node: Node = {
    metadata: { resourceVersion: "5", labels: { "example.com/theirs": "kept" } },
    spec: { taints: [LOST] },
  };
  machine.write("fake/pool/prod-w-0.json", JSON.stringify(node));
  return machine;
}
const nodeOf = (machine: TestMachine): Node => JSON.parse(machine.read("fake/pool/prod-w-0.json") ?? "") as Node;
const follow = (machine: TestMachine, nodes: Partial<Grant["nodes"]>) =>
  machine.run("nodes", { nodes: { names: ["prod-w-0", "prod-w-1"], labels: {}, taints: [], ...nodes } });

describe.concurrent("a pool's Nodes", () => {
  it("get its labels and taints, lose those that it no longer has, and keep those from elsewhere", async () => {
    const machine = await member();
    const only = { key: "example.com/only", value: "build", effect: "NoSchedule" } as const;
    const { code, stderr } = await follow(machine, { labels: { tier: "build", disk: "nvme" }, taints: [only] });
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("prod-w-1 has no Node; it gets the labels and taints when it joins");
    expect(nodeOf(machine).metadata.labels).toEqual({ "example.com/theirs": "kept", tier: "build", disk: "nvme" });
    expect(nodeOf(machine).spec.taints).toEqual([only, LOST]);

    await follow(machine, { labels: { tier: "test" } });
    expect(nodeOf(machine).metadata.labels).toEqual({ "example.com/theirs": "kept", tier: "test" });
    expect(nodeOf(machine).spec.taints).toEqual([LOST]);
  });

  it("are left alone where nothing differs", async () => {
    const machine = await member();
    await follow(machine, {});
    expect(machine.has("fake/pool-patches")).toBe(false);
    await follow(machine, { labels: { tier: "build" } });
    await follow(machine, { labels: { tier: "build" } });
    expect(machine.read("fake/pool-patches")).toBe("prod-w-0\n");
  });
});
