import { X509Certificate, createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { workerDocument } from "../../../../cloud-init/documents/kubeadm";
import type { Grant } from "../../../../cloud-init/contract/grant";
import type { Announcer } from "../../../../cloud-init/contract/node";
import { TestMachine } from "./machine";

const TOKEN = "t0k3n1.secretsecretsecr";
const self = { name: "prod-w-0", address: "10.70.0.21" };
const pool = { name: "build", labels: { tier: "build" }, taints: [] };

/** A machine of its own, which is in no roster, and a cluster of three that it may join. */
function aWorker(): TestMachine {
  const machine = new TestMachine().cluster(0, 1, 2);
  machine.write("fake/name", self.name);
  machine.write("fake/address", self.address);
  machine.write("fake/tokens/t0k3n1", "");
  return machine;
}
const caHash = (machine: TestMachine) =>
  `sha256:${createHash("sha256")
    .update(new X509Certificate(machine.keys["ca.crt"]).publicKey.export({ type: "spki", format: "der" }))
    .digest("hex")}`;

/** node.json of a worker that announces nothing. */
function workerNode(machine: TestMachine): Grant["node"] {
  const { node } = machine.grant("worker");
  return { ...node, role: "worker", announcer: { ...node.announcer, peers: [] } as Announcer };
}
const granted = (machine: TestMachine, changes: Partial<Grant> = {}): Partial<Grant> => ({
  machine: self,
  pool,
  kubeadm: { join: workerDocument({ machine: self, pool }) },
  node: workerNode(machine),
  invitation: { token: TOKEN, caHash: caHash(machine) },
  ...changes,
});
const run = (machine: TestMachine, changes?: Partial<Grant>) => machine.run("worker", granted(machine, changes));
const joins = (machine: TestMachine) => machine.calls.filter(call => call.startsWith("kubeadm join"));

describe.concurrent("a worker", () => {
  it("joins through the VIP with its invitation and holds no key of the CA", async () => {
    const machine = aWorker();
    const { code, stderr } = await run(machine);
    expect(code, stderr).toBe(0);
    expect(machine.result()).toEqual({ name: "prod-w-0" });
    expect(machine.has("fake/nodes/prod-w-0")).toBe(true);
    expect(machine.has("etc/kubernetes/pki/ca.key")).toBe(false);
    expect(machine.has("run/rackplane/work")).toBe(false);
    expect(stderr + machine.calls.join()).not.toContain(TOKEN);
  });

  it("stays one when it is asked again, also with an invitation that is long over", async () => {
    const machine = aWorker();
    await run(machine);
    machine.erase("fake/tokens/t0k3n1");
    const { code, stderr } = await run(machine);
    expect(code, stderr).toBe(0);
    expect(joins(machine)).toHaveLength(1);
    expect(machine.calls.some(call => call.includes("get node"))).toBe(true);
  });

  it.each(["worker: certs", "worker: joined"])("interrupted at '%s' joins when it is asked again", async place => {
    const machine = aWorker();
    machine.write("fake/cut", place);
    expect((await run(machine)).code).toBeNull();
    await machine.reboot();
    const { code, stderr } = await run(machine);
    expect(code, stderr).toBe(0);
    expect(joins(machine)).toHaveLength(2);
  });

  it("waits until the Node of an earlier machine of its name is found dead", async () => {
    const machine = aWorker();
    machine.write("fake/faults/ready", "2");
    const { code, stderr } = await run(machine, {
      node: {
        ...granted(machine).node,
        deadlines: { ...machine.grant("worker").node.deadlines, member: 20 },
      } as Grant["node"],
    });
    expect(code, stderr).toBe(0);
    expect(joins(machine)).toHaveLength(3);
    expect(stderr).toMatch(/an attempt failed \(.*already exists.*\); starting over/);
  });

  it("whose invitation is over says how to get another one, and waits for nothing", async () => {
    const machine = aWorker();
    machine.erase("fake/tokens/t0k3n1");
    const { code, stderr } = await run(machine);
    expect(code).toBe(1);
    expect(stderr).toContain(
      "the cluster does not know the invitation's token, which lives for half an hour; expected a fresh one;" +
        " have it minted anew: run 'pulumi up --replace' with the URN of this machine's -invite resource, which 'pulumi stack --show-urns' lists",
    );
    expect(joins(machine)).toHaveLength(1);
  });

  it("that kubeadm refuses says why", async () => {
    const machine = aWorker();
    machine.write("fake/faults/preflight", "");
    const { code, stderr } = await run(machine);
    expect(code).toBe(1);
    expect(stderr).toMatch(/kubeadm refused to join: \[ERROR FileContent--proc-sys-net-ipv4-ip_forward\]/);
  });

  it("whose generation is raised joins anew, once, by an invitation that is known to be good", async () => {
    const machine = aWorker();
    await run(machine);
    machine.erase("fake/tokens/t0k3n1");
    const stale = await run(machine, { generation: 1 });
    expect(stale.code).toBe(1);
    expect(stale.stderr).toMatch(/the cluster to know the invitation; nothing was changed here/);
    expect(machine.has("etc/kubernetes/kubelet.conf")).toBe(true);
    expect(joins(machine)).toHaveLength(1);
    machine.write("fake/tokens/t0k3n1", "");
    for (let i = 0; i < 2; i++) {
      const { code, stderr } = await run(machine, { generation: 1 });
      expect(code, stderr).toBe(0);
    }
    expect(joins(machine)).toHaveLength(2);
    expect(machine.read("var/lib/rackplane/generation")).toBe("1\n");
  });

  it("of another cluster is refused and stays what it is", async () => {
    const machine = aWorker();
    await run(machine);
    const { code, stderr } = await run(machine, { invitation: { token: TOKEN, caHash: `sha256:${"0".repeat(64)}` } });
    expect(code).toBe(1);
    expect(stderr).toMatch(/this machine is a worker of another cluster; expected none or "prod"/);
    expect(machine.has("etc/kubernetes/kubelet.conf")).toBe(true);
  });

  it.each(["var/lib/etcd/member/id", "etc/kubernetes/pki/ca.key"])("is no machine that has %s", async file => {
    const machine = aWorker();
    machine.write(file, "1");
    const { code, stderr } = await run(machine);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /this machine is or was a control-plane machine; expected a new machine or a worker; nothing was changed; take it out of the stack file, run 'pulumi up', which has it leave, then name it as a worker/,
    );
    expect(joins(machine)).toEqual([]);
    expect(machine.has(file)).toBe(true);
  });

  it("takes up changed kubelet fields of its pool once, without joining again", async () => {
    const machine = aWorker();
    await run(machine);
    machine.write("etc/rackplane/patches/kubeletconfiguration0+merge.json", '{"maxPods": 50}');
    await run(machine);
    await run(machine);
    expect(machine.calls.filter(call => call.startsWith("kubeadm upgrade node"))).toHaveLength(1);
    expect(machine.calls.filter(call => call === "systemctl restart kubelet")).toHaveLength(1);
    expect(joins(machine)).toHaveLength(1);
  });
});

describe.concurrent("an invitation", () => {
  const mint = (machine: TestMachine, changes: Partial<Grant> = {}) =>
    machine.run("mint", { invitee: "prod-w-0", ...changes });
  const aMember = (...well: number[]) => {
    const machine = new TestMachine(1).cluster(...well);
    for (const [file, content] of Object.entries(machine.keys)) machine.write(`etc/kubernetes/pki/${file}`, content);
    return machine;
  };

  it("is a token and the hash of the CA, and the Node of an earlier machine is gone", async () => {
    const machine = aMember(0, 1, 2);
    machine.write("fake/nodes/prod-w-0", "");
    const { code, stderr } = await mint(machine);
    expect(code, stderr).toBe(0);
    expect(machine.result()).toEqual({
      token: expect.stringMatching(/^t0k3n\d\.secretsecretsecr$/) as string,
      caHash: caHash(machine),
    });
    expect(machine.has("fake/nodes/prod-w-0")).toBe(false);
    expect(machine.calls.find(call => call.startsWith("kubeadm token create"))).toMatch(
      /--ttl 30m --description prod-w-0 joins/,
    );
    expect(stderr + machine.calls.join()).not.toContain("secretsecretsecr");
  });

  it.each([
    [1, true],
    [0, false],
  ])(
    "by generation %i has the pods of a worker that runs leave before its Node goes: %s",
    async (generation, drained) => {
      const machine = aMember(0, 1, 2);
      const conditions = [{ type: "Ready", status: "True" }];
      machine.write(
        "fake/pool/prod-w-0.json",
        JSON.stringify({ metadata: { labels: {} }, spec: {}, status: { conditions } }),
      );
      const metadata = { name: "cart", namespace: "shop", ownerReferences: [{ kind: "ReplicaSet", controller: true }] };
      machine.write("fake/pods/prod-w-0.json", JSON.stringify({ items: [{ metadata, status: { phase: "Running" } }] }));
      const { code, stderr } = await mint(machine, generation === 0 ? {} : { generation });
      expect(code, stderr).toBe(0);
      expect(machine.places.filter(place => /prod-w-0|node deleted/.test(place))).toEqual(
        drained ? ["cordon prod-w-0", "node deleted"] : ["node deleted"],
      );
      expect(machine.read("fake/pods/prod-w-0.json")?.includes("cart")).toBe(!drained);
      expect(machine.has("fake/pool/prod-w-0.json")).toBe(false);
    },
  );

  it("by a lower generation than its worker has joined by is refused, and the worker's Node stays", async () => {
    const machine = aMember(0, 1, 2);
    machine.write(
      "fake/pool/prod-w-0.json",
      JSON.stringify({ metadata: { labels: { "rackplane/generation": "2" } }, spec: {}, status: { conditions: [] } }),
    );
    for (const lower of [{}, { generation: 1 }]) {
      const { code, stderr } = await mint(machine, lower);
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /generations: found [01] for prod-w-0, expected 2, by which it has joined, or more, as a generation only goes up; nothing was changed; set it back/,
      );
    }
    expect(machine.has("fake/pool/prod-w-0.json")).toBe(true);
    expect(machine.calls.filter(call => call.startsWith("kubeadm token create"))).toEqual([]);
    // Another machine under the name, by the same number.
    expect((await mint(machine, { generation: 2 })).code).toBe(0);
    expect(machine.has("fake/pool/prod-w-0.json")).toBe(false);
  });

  it("is none for a machine of the control plane, whose Node stays", async () => {
    const machine = aMember(0, 1, 2);
    const labels = { "node-role.kubernetes.io/control-plane": "" };
    machine.write("fake/pool/prod-w-0.json", JSON.stringify({ metadata: { labels }, spec: {}, status: {} }));
    const { code, stderr } = await mint(machine, { generation: 1 });
    expect(code).toBe(1);
    expect(stderr).toContain(
      "prod-w-0 is a control-plane machine of this cluster; expected a new machine or a worker; nothing was changed; take it out of the stack file, run 'pulumi up', which has it leave, then name it as a worker",
    );
    expect(machine.has("fake/pool/prod-w-0.json")).toBe(true);
    expect(machine.calls.filter(call => call.startsWith("kubeadm token create"))).toEqual([]);
  });

  it("is minted while any one API server answers, this machine's own or another's", async () => {
    for (const well of [[1], [2]]) {
      const machine = aMember(...well);
      if (well[0] !== 1) machine.write("fake/nodes/prod-cp-1", "");
      expect((await mint(machine)).code).toBe(0);
    }
  });

  it("is not minted by a machine that is no member", async () => {
    const machine = new TestMachine(1).cluster(0, 2);
    const { code, stderr } = await mint(machine);
    expect(code).toBe(1);
    expect(stderr).toMatch(/pki\/ca\.key is missing: this machine is no member of the cluster/);
  });

  it("says which API servers did not answer", async () => {
    const machine = aMember(0);
    machine.down(0);
    machine.erase("fake/api/203.0.113.1");
    const { code, stderr } = await mint(machine);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /waited 1 s for a ready API server; last answer: 10\.70\.0\.3: curl.*10\.70\.0\.1: curl.*203\.0\.113\.1: curl/,
    );
  });
});

describe.concurrent("status", () => {
  const status = async (machine: TestMachine) =>
    JSON.parse((await machine.program("status")).stdout) as { member: boolean };

  it("calls a worker a member once it has joined", async () => {
    const machine = aWorker();
    await machine.run("worker", granted(machine, { invitation: undefined }));
    expect((await status(machine)).member).toBe(false);
    await run(machine);
    expect((await status(machine)).member).toBe(true);
  });
});
