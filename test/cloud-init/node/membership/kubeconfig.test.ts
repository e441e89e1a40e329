import { describe, expect, it } from "vitest";
import type { KubeconfigRequest } from "../../../../cloud-init/contract/grant";
import { TestMachine } from "./machine";

const OWN = "rackplane:kubeconfig:administrator:0a1b2c3d4e5f";
const ADMINISTRATOR: KubeconfigRequest = { user: "rackplane:administrator", groups: [OWN], hours: 8760, generation: 3 };

/** A member whose API server runs. */
async function member(): Promise<TestMachine> {
  const machine = new TestMachine();
  expect((await machine.run("form")).code).toBe(0);
  return machine;
}
const kubectl = (machine: TestMachine, word: string): string[] =>
  machine.calls.filter(call => call.startsWith("kubectl ") && call.includes(` ${word} `));

describe.concurrent("a kubeconfig", () => {
  it("of the administrator has its group bound to cluster-admin before it is minted, and earlier generations refused after", async () => {
    const machine = await member();
    const { code, stderr } = await machine.run("kubeconfig", { kubeconfig: ADMINISTRATOR });
    expect(code, stderr).toBe(0);
    expect(JSON.parse(machine.read("fake/applied") ?? "")).toEqual({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: OWN, labels: { "rackplane/kubeconfig": "administrator", "rackplane/generation": "3" } },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: OWN }],
    });
    const order = ["apply --server-side", `--org ${OWN}`, "rackplane/generation!=3"];
    const found = order.map(word => machine.calls.findIndex(call => call.includes(word)));
    expect(found).toEqual([...found].sort((a, b) => a - b));
    expect(found).not.toContain(-1);
  });

  it("of anybody else asks the API for nothing: Pulumi binds its group", async () => {
    const machine = await member();
    const { code, stderr } = await machine.run("kubeconfig");
    expect(code, stderr).toBe(0);
    expect(
      [...kubectl(machine, "apply"), ...kubectl(machine, "delete")].filter(call => call.includes("binding")),
    ).toEqual([]);
  });

  it.each([
    ["nothing to mint", undefined],
    ["no groups", { ...ADMINISTRATOR, groups: [] }],
    ["a group that kubeadm would take for two", { ...ADMINISTRATOR, groups: ["a,system:masters"] }],
    ["an hour and a half", { ...ADMINISTRATOR, hours: 1.5 }],
    ["a user of two words", { ...ADMINISTRATOR, user: "a b" }],
  ])("is refused where the grant asks for %s", async (_, kubeconfig) => {
    const machine = new TestMachine().installed();
    machine.write("etc/kubernetes/pki/ca.key", "key");
    const { code, stderr } = await machine.receive("kubeconfig", { kubeconfig });
    expect(code).toBe(1);
    expect(stderr).toMatch(/\.kubeconfig: found .*, expected a user, groups and hours/);
    expect(machine.calls.join()).not.toContain("kubeconfig user");
  });
});
