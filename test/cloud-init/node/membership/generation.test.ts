import { beforeAll, describe, expect, it } from "vitest";
import type { Grant } from "../../../../cloud-init/contract/grant";
import { ROSTER, TestMachine, type Run } from "./machine";

const PATIENT = { metadata: 1, bgpNeighbors: 1, downloads: 1, member: 5 };
const pods = (...names: string[]) =>
  JSON.stringify({
    items: names.map(name => ({
      metadata: {
        name,
        namespace: "shop",
        ownerReferences: name === "alone" ? [] : [{ kind: "ReplicaSet", controller: true }],
      },
      status: { phase: "Running" },
    })),
  });
const idOf = (machine: TestMachine) => machine.members.find(({ name }) => name === machine.self.name)?.id;
const joins = (machine: TestMachine) => machine.calls.filter(call => call.startsWith("kubeadm join"));

/** Machine 1 of three, which has joined as generation 0. */
let joined: TestMachine;
beforeAll(async () => {
  joined = new TestMachine(1).cluster(0, 2);
  const { code, stderr } = await joined.run("member");
  expect(code, stderr).toBe(0);
  joined.write("fake/ordinary.json", pods());
}, 60_000);

const replace = (machine: TestMachine, generation: number, changes: Partial<Grant> = {}) => {
  const { node } = machine.grant("member");
  return machine.announcing(machine.run("member", { generation, node: { ...node, deadlines: PATIENT }, ...changes }));
};
const expectUntouched = (machine: TestMachine, { code }: Run) => {
  expect(code).toBe(1);
  expect(idOf(machine)).toBe(idOf(joined));
  expect(machine.has("var/lib/rackplane/joining")).toBe(false);
  expect(machine.has("etc/kubernetes/manifests/etcd.yaml")).toBe(true);
  expect(joins(machine)).toHaveLength(1);
};

describe.concurrent("a member whose generation is raised", () => {
  it("gives the VIP away, loses its pods and the lead, leaves etcd, and joins anew as another member", async () => {
    const machine = joined.copy();
    machine.write("fake/ordinary.json", pods("cart"));
    machine.write("fake/leader", idOf(machine) ?? "");
    const { run, moves } = await replace(machine, 2);
    expect(run.code, run.stderr).toBe(0);
    expect(machine.members).toHaveLength(3);
    expect(idOf(machine)).not.toBe(idOf(joined));
    expect(joins(machine)).toHaveLength(2);
    expect(moves).toEqual(["away", "back"]);
    expect(machine.read("fake/ordinary.json")).not.toContain("cart");
    expect(machine.read("fake/leader")?.trim()).toBe("9000000000000000000");
    expect(machine.read("var/lib/rackplane/generation")).toBe("2\n");
    expect(machine.has("var/lib/rackplane/cordoned")).toBe(false);
    expect(machine.read("fake/lease.json")).toContain('"holderIdentity": ""');
    const order = machine.places.filter(place => /^(entry: removed|kubeadm reset: end|node deleted)$/.test(place));
    expect(order.slice(-3)).toEqual(["entry: removed", "kubeadm reset: end", "node deleted"]);
  });

  it("is replaced once, and again only when the number rises again, also after it went back", async () => {
    const machine = joined.copy();
    for (const [generation, count] of [
      [1, 2],
      [1, 2],
      [0, 2],
      [1, 3],
    ] as const) {
      const { run } = await replace(machine, generation);
      expect(run.code, run.stderr).toBe(0);
      expect(joins(machine)).toHaveLength(count);
    }
  });

  it.each([
    "entry: before its removal",
    "entry: removed",
    "kubeadm reset: half",
    "node deleted",
    "kubeadm join: learner",
    "kubeadm join: end",
  ])("is completed by the next run where it was cut at '%s'", async place => {
    const machine = joined.copy();
    machine.write("fake/cut", place);
    expect((await replace(machine, 1)).run.code).toBeNull();
    await machine.reboot();
    const { run } = await replace(machine, 1);
    expect(run.code, run.stderr).toBe(0);
    expect(machine.members).toHaveLength(3);
    expect(idOf(machine)).not.toBe(idOf(joined));
    expect(machine.read("var/lib/rackplane/generation")).toBe("1\n");
  });

  it("is not replaced while another member is ill, and nothing is changed", async () => {
    const machine = joined.copy();
    machine.down(2);
    const { run, moves } = await replace(machine, 1);
    expectUntouched(machine, run);
    expect(run.stderr).toMatch(/every other member to be healthy before this one is changed.*not healthy: prod-cp-2/);
    expect(moves).toEqual([]);
  });

  it("is not replaced while another machine joins", async () => {
    const machine = joined.copy();
    machine.members = [
      ...machine.members,
      machine.member(1, { id: "77", name: "new", address: "10.70.0.9", role: "learner" }),
    ];
    const { run } = await replace(machine, 1);
    expectUntouched(machine, run);
    expect(run.stderr).toMatch(/not healthy: new at 10\.70\.0\.9/);
  });

  it("is replaced although its own etcd is ill", async () => {
    const machine = joined.copy();
    machine.erase("fake/etcd/10.70.0.3");
    machine.erase("fake/api/10.70.0.3");
    machine.write("etc/kubernetes/manifests/etcd.yaml", "    image: etcd:broken\n");
    const { run } = await replace(machine, 1);
    expect(run.code, run.stderr).toBe(0);
    expect(machine.members).toHaveLength(3);
    expect(idOf(machine)).not.toBe(idOf(joined));
  });

  it("is refused where it is the only member: its data would be lost with it", async () => {
    const machine = joined.copy();
    machine.members = machine.members.filter(({ name }) => name === machine.self.name);
    for (const i of [0, 2]) machine.down(i);
    const { run } = await replace(machine, 1, { roster: [machine.self] });
    expectUntouched(machine, run);
    expect(run.stderr).toContain(
      "generation: found 1, expected 0, as this machine is the only member of etcd and its data would be lost with it; nothing was changed; set it back, or add two control-plane machines",
    );
  });

  it("waits for the lock of the cluster", async () => {
    const machine = joined.copy();
    const metadata = { resourceVersion: "7" };
    machine.write(
      "fake/lease.json",
      JSON.stringify({ metadata, spec: { holderIdentity: "prod-cp-0 member 1", leaseDurationSeconds: 60 } }),
    );
    const { run } = await replace(machine, 1);
    expectUntouched(machine, run);
    expect(run.stderr).toMatch(/held by 'prod-cp-0 member 1'/);
  });

  it("joins by the number that it has from the beginning and is not replaced for it", async () => {
    const machine = new TestMachine(2).cluster(0, 1);
    for (let i = 0; i < 2; i++) {
      const { run } = await replace(machine, 3);
      expect(run.code, run.stderr).toBe(0);
    }
    expect(joins(machine)).toHaveLength(1);
    const first = new TestMachine(0);
    const formed = await first.run("form", { generation: 3 });
    expect(formed.code, formed.stderr).toBe(0);
    const { run } = await replace(first, 3, { roster: ROSTER.slice(0, 1) });
    expect(run.code, run.stderr).toBe(0);
  });
});
