import { describe, expect, it } from "vitest";
import { TestMachine } from "./machine";

/**
 * Every moment at which a join changes the machine or the cluster. Power is lost there; the machine comes
 * back, and the verb is run again as the next `pulumi up` would.
 */
const PLACES = [
  "entry: before its removal", "entry: removed", "node deleted", "kubeadm join: preflight", "kubeadm join: certs",
  "kubeadm join: learner", "kubeadm join: etcd", "kubeadm join: promoted", "kubeadm join: end", "token deleted",
];

async function expectConverged(machine: TestMachine, members: number): Promise<void> {
  const { code, stderr } = await machine.run("member");
  expect(code, stderr).toBe(0);
  const own = machine.members.filter(member => member.address === machine.self.address);
  expect(own).toEqual([{ id: machine.read("var/lib/etcd/member/id")?.trim(), name: machine.self.name, address: machine.self.address, role: "voting" }]);
  expect(machine.members).toHaveLength(members);
  expect(machine.result().members).toBe(members);
  expect(machine.has("var/lib/rackplane/joining")).toBe(false);
  expect(machine.has("fake/vip")).toBe(true);
}

async function cutAt(machine: TestMachine, place: string): Promise<void> {
  machine.write("fake/cut", place);
  const { code } = await machine.run("member");
  expect(code).toBeNull();
  expect(machine.has("fake/cut")).toBe(false);
}

describe.concurrent("member, when power is lost", () => {
  it.each(PLACES)("at '%s', is a member after the next run", async place => {
    const machine = new TestMachine(1).cluster(0, 1, 2);
    machine.down(1);
    await cutAt(machine, place);
    await machine.reboot();
    await expectConverged(machine, 3);
    // A token that outlived its join by a power loss: one, and kubeadm gave it ten minutes.
    expect(machine.tokens.length).toBeLessThanOrEqual(1);
  });

  it.each(["kubeadm reset: begin", "kubeadm reset: half", "kubeadm reset: end"])("twice, the second time at '%s', is a member after the next run", async place => {
    const machine = new TestMachine(1).cluster(0, 2);
    await cutAt(machine, "kubeadm join: promoted");
    await machine.reboot();
    await cutAt(machine, place);
    await machine.reboot();
    await expectConverged(machine, 3);
  });

  it("as the second of two, with its vote given, brings the quorum back before it starts over", async () => {
    const machine = new TestMachine(1).cluster(0);
    await cutAt(machine, "kubeadm join: promoted");
    // Its kubelet, and with it half of the quorum, is down until the verb starts it.
    machine.erase(`fake/etcd/${machine.self.address}`);
    await expectConverged(machine, 2);
  });

  it("after its vote was given up but not its data, takes part in nothing and joins anew", async () => {
    const machine = new TestMachine(1).cluster(0);
    await machine.run("member");
    machine.members = [machine.member(0)];
    machine.erase(`fake/etcd/${machine.self.address}`);
    await expectConverged(machine, 2);
  });
});
