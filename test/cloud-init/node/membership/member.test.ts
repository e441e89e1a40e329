import { beforeAll, describe, expect, it } from "vitest";
import { ROSTER, TestMachine } from "./machine";

const joins = (machine: TestMachine) => machine.calls.filter(call => call.startsWith("kubeadm join"));
const own = (machine: TestMachine) => machine.members.filter(member => member.address === machine.self.address);
const member = async (machine: TestMachine) => {
  const run = await machine.run("member");
  expect(run.code, run.stderr).toBe(0);
  return run;
};

/** What every successful end looks like. */
function expectMember(machine: TestMachine, members: number): void {
  expect(own(machine)).toEqual([expect.objectContaining({ name: machine.self.name, role: "voting" })]);
  expect(machine.members).toHaveLength(members);
  expect(machine.read("var/lib/etcd/member/id")?.trim()).toBe(own(machine)[0]?.id);
  expect(machine.has(`fake/nodes/${machine.self.name}`)).toBe(true);
  expect(machine.read("etc/kubernetes/pki/sa.key")).toBe(machine.keys["sa.key"]);
  expect(machine.has("var/lib/rackplane/joining")).toBe(false);
  expect(machine.has("run/rackplane/grant.json")).toBe(false);
  expect(machine.has("run/rackplane/work")).toBe(false);
  expect(machine.result()).toEqual({
    name: machine.self.name,
    members,
    etcdMemberId: BigInt(own(machine)[0]?.id ?? 0).toString(16),
  });
}

/** Machine 1 as a member beside 0 and 2, and machine 0 beside 1 and 2. */
let joined: TestMachine, first: TestMachine;
beforeAll(async () => {
  joined = new TestMachine(1).cluster(0, 2);
  first = new TestMachine(0).cluster(0, 1, 2);
  await Promise.all([member(joined), member(first)]);
}, 60_000);

describe.concurrent("member", () => {
  it("joins an empty machine and deletes its token", async () => {
    const machine = new TestMachine(2).cluster(0, 1);
    await member(machine);
    expectMember(machine, 3);
    expect(machine.tokens).toEqual([]);
    expect(machine.calls.some(call => call.startsWith("kubeadm reset"))).toBe(false);
  });

  it("run again on a member changes nothing", async () => {
    const machine = joined.copy();
    const before = machine.members;
    await member(machine);
    expectMember(machine, 3);
    expect(machine.members).toEqual(before);
    expect(joins(machine)).toHaveLength(1);
  });

  it("does not take a re-created machine's new address for another machine", async () => {
    const machine = first.copy();
    machine.down(1);
    const roster = ROSTER.map((other, i) => (i === 1 ? { ...other, address: "10.70.9.9" } : other));
    const run = await machine.run("member", { roster });
    expect(run.code, run.stderr).toBe(0);
  });

  it("finds the machine that formed the cluster to be a member already", async () => {
    const machine = new TestMachine(0);
    await machine.run("form");
    await member(machine);
    expectMember(machine, 1);
    expect(joins(machine)).toEqual([]);
  });

  it("joins a re-created first machine and never forms", async () => {
    const machine = new TestMachine(0).cluster(0, 1, 2);
    machine.down(0);
    await member(machine);
    expectMember(machine, 3);
    expect(machine.calls.some(call => call.startsWith("kubeadm init --config"))).toBe(false);
  });

  it("removes a stale etcd member of its own name, and its Node, before the join", async () => {
    const machine = new TestMachine(1).cluster(0, 1, 2);
    machine.down(1);
    await member(machine);
    expectMember(machine, 3);
    const order = machine.places.filter(place => /^(entry: removed|node deleted|kubeadm join: learner)$/.test(place));
    expect(order).toEqual(["entry: removed", "node deleted", "kubeadm join: learner"]);
    expect(own(machine)[0]?.id).not.toBe("9000000000000000001");
  });

  it("goes on where its entry was removed by another machine at the same moment, which had its address before", async () => {
    const machine = new TestMachine(1).cluster(0, 1, 2);
    machine.down(1);
    machine.write("fake/faults/removed", "");
    await member(machine);
    expectMember(machine, 3);
  });

  it("removes a learner that never got a name", async () => {
    const machine = new TestMachine(1).cluster(0, 2);
    machine.members = [...machine.members, machine.member(1, { name: "-", role: "learner" })];
    await member(machine);
    expectMember(machine, 3);
  });

  it("is not stopped by another member's illness when it is a member itself", async () => {
    const machine = joined.copy();
    machine.down(2);
    await member(machine);
    expectMember(machine, 3);
  });

  it("refuses a grant without keys", async () => {
    const { code, stderr } = await new TestMachine(1).run("member", { pki: undefined });
    expect(code).toBe(1);
    expect(stderr).toMatch(/the grant holds 0 keys, expected 8/);
  });

  it("refuses keys that differ, naming the file", async () => {
    const machine = new TestMachine(1).cluster(0, 2);
    machine.write("etc/kubernetes/pki/etcd/ca.key", "another cluster's");
    const { code, stderr } = await machine.run("member");
    expect(code).toBe(1);
    expect(stderr).toMatch(/etc\/kubernetes\/pki\/etcd\/ca\.key differs from the grant's.*replace the machine/);
    expect(machine.calls).toEqual([]);
  });

  it("refuses a removal that would cost the quorum", async () => {
    // Machine 1 is half-joined and its vote is one of the two that make the quorum; machine 2 is down.
    const machine = new TestMachine(1).cluster(0, 1, 2);
    machine.down(2);
    machine.write("var/lib/etcd/member/id", "9000000000000000001");
    machine.write("var/lib/rackplane/joining", "");
    const { code, stderr } = await machine.run("member");
    expect(code).toBe(1);
    expect(stderr).toContain("would leave 1 healthy of 2 (not healthy: prod-cp-2 at 10.70.0.5); expected a majority");
    expect(machine.members).toHaveLength(3);
    expect(machine.has("var/lib/etcd/member/id")).toBe(true);
  });

  it("counts as unfinished only once every check has passed", async () => {
    const checks: readonly ((machine: TestMachine) => void)[] = [
      // The quorum would be lost; another machine runs under this one's name; no other API server answers.
      machine => machine.down(2),
      machine =>
        (machine.members = machine.members.map(one =>
          one.name === "prod-cp-1" ? { ...one, address: "10.70.0.77" } : one,
        )),
      machine => ROSTER.forEach(({ address }) => machine.erase(`fake/api/${address}`)),
    ];
    for (const spoil of checks) {
      const machine = new TestMachine(1).cluster(0, 1, 2);
      machine.write("fake/etcd/10.70.0.77", "");
      machine.erase("fake/api/203.0.113.1");
      spoil(machine);
      const { code } = await machine.run("member");
      expect(code).toBe(1);
      expect(machine.has("var/lib/rackplane/joining")).toBe(false);
      expect(machine.members).toHaveLength(3);
    }
  });

  it("never wipes a member's data because the cluster does not answer", async () => {
    const machine = joined.copy();
    machine.down(0);
    machine.down(2);
    const { code, stderr } = await machine.run("member");
    expect(code).toBe(1);
    expect(stderr).toMatch(/waited 1 s for a quorum of etcd to answer; .*bring members back, or restore etcd/);
    expect(machine.has("var/lib/etcd/member/id")).toBe(true);
    expect(machine.calls.some(call => call.startsWith("kubeadm reset"))).toBe(false);
  });

  it("never forms when no API server answers", async () => {
    const machine = new TestMachine(1).cluster(0, 2);
    for (const { address } of ROSTER) machine.erase(`fake/api/${address}`);
    machine.erase("fake/api/203.0.113.1");
    const { code, stderr } = await machine.run("member");
    expect(code).toBe(1);
    expect(stderr).toMatch(/this machine joins and never forms: bring an API server back/);
    expect(machine.calls.some(call => call.startsWith("kubeadm init --config"))).toBe(false);
  });

  it("tries again when etcd has another learner, and deletes every token", async () => {
    const machine = new TestMachine(1).cluster(0, 2);
    machine.write("fake/faults/learner", "1");
    await member(machine);
    expectMember(machine, 3);
    expect(joins(machine)).toHaveLength(2);
    expect(machine.tokens).toEqual([]);
  });

  it("gives up after three attempts, says why, and deletes the token also then", async () => {
    const machine = new TestMachine(1).cluster(0, 2);
    machine.write("fake/faults/learner", "");
    const { code, stderr } = await machine.run("member");
    expect(code).toBe(1);
    expect(stderr).toMatch(/kubeadm join failed 3 times, at last with: etcdserver: too many learner members/);
    expect(machine.tokens).toEqual([]);
    expect(machine.has("run/rackplane/work")).toBe(false);
  });

  it("does not repeat a join that kubeadm's preflight refuses", async () => {
    const machine = new TestMachine(1).cluster(0, 2);
    machine.write("fake/faults/preflight", "");
    const { code, stderr } = await machine.run("member");
    expect(code).toBe(1);
    expect(stderr).toMatch(/kubeadm refused to join: \[ERROR FileContent--proc-sys-net-ipv4-ip_forward\]/);
    expect(joins(machine)).toHaveLength(1);
    expect(machine.tokens).toEqual([]);
  });

  it("lets no secret into the journal or a program's arguments", async () => {
    const machine = new TestMachine(1).cluster(0, 2);
    machine.write("fake/faults/learner", "1");
    const { stderr } = await member(machine);
    const seen = [stderr, ...machine.calls, machine.read("var/lib/rackplane/status")].join("\n");
    expect(seen).toContain("kubeadm join --config");
    expect(seen).toContain("Running pre-flight checks with (secret)");
    expect(seen).not.toMatch(/PRIVATE|secretsecret/);
  });
});
