import { describe, expect, it } from "vitest";
import { TestMachine } from "./machine";

const joins = (machine: TestMachine) => machine.calls.filter(call => call.startsWith("kubeadm join"));

describe.concurrent("join", () => {
  it("makes an empty machine a member, and leaves no token and no grant", async () => {
    const machine = new TestMachine(2).cluster(0, 1);
    const run = await machine.run("join");
    expect(run.code, run.stderr).toBe(0);
    expect(machine.result()).toMatchObject({ name: machine.self.name, members: 3 });
    expect(machine.members).toHaveLength(3);
    expect(machine.members[2]).toMatchObject({ name: machine.self.name, role: "voting" });
    expect(machine.tokens).toEqual([]);
    expect(machine.has("run/rackplane/grant.json")).toBe(false);
  });

  it("does not wait for another machine that joins at the same moment, which kubeadm does by itself", async () => {
    const machine = new TestMachine(2).cluster(0);
    machine.members = [...machine.members, machine.member(1, { name: "-", role: "learner" })];
    const run = await machine.run("join");
    expect(run.code, run.stderr).toBe(0);
    expect(joins(machine)).toHaveLength(1);
  });

  it("waits for a voting member that is not healthy", async () => {
    const machine = new TestMachine(2).cluster(0, 1);
    machine.members = [...machine.members, machine.member(3, { name: "ill", address: "10.70.0.77" })];
    const run = await machine.run("join", { node: { ...machine.grant("join").node, deadlines: SHORT } });
    expect(run.code).not.toBe(0);
    expect(run.stderr).toMatch(/every other voting etcd member to be healthy.*not healthy: ill at/s);
    expect(joins(machine)).toEqual([]);
  });

  it("removes its own stale entry before it waits for the others, of which another join removes its own", async () => {
    const machine = new TestMachine(1).cluster(0, 1, 2);
    machine.down(1);
    const lost = [3, 4].map(i => machine.member(i, { name: `prod-cp-${i}`, address: `10.70.0.${2 * i + 1}` }));
    machine.members = [...machine.members, ...lost];
    // Five members, of which 1 and 3 are lost; 4 is well.
    machine.write("fake/etcd/10.70.0.9", "");
    const { ended } = machine.begin("join", { node: { ...machine.grant("join").node, deadlines: PATIENT } });
    await machine.until(() => (machine.read("var/lib/rackplane/status") ?? "").includes("to be healthy, as kubeadm"));
    expect(machine.members.map(({ id }) => id)).not.toContain(machine.member(1).id);
    machine.members = machine.members.filter(({ name }) => name !== "prod-cp-3");
    const { code, stderr } = await ended;
    expect(code, stderr).toBe(0);
    expect(machine.members).toHaveLength(4);
  });

  it("judges the machine, so that the first `member` of the same grant asks nothing again, and no other does so", async () => {
    const machine = new TestMachine(1).cluster(0, 2);
    await machine.run("join");
    const { members } = machine.result();
    const started = () => machine.calls.filter(call => call.startsWith("systemd-run")).length;
    const first = await machine.receive("member");
    expect(first.code, first.stderr).toBe(0);
    expect(first.stderr).toContain("prod-cp-1 has just joined by this grant, and was found healthy");
    expect(JSON.parse(first.stdout)).toMatchObject({ name: "prod-cp-1", members });
    expect(started()).toBe(0);
    await machine.receive("member", {}, RUNS);
    expect(started()).toBe(1);
  });

  it("judges nothing for another grant", async () => {
    const machine = new TestMachine(1).cluster(0, 2);
    await machine.run("join");
    const { announcer } = machine.grant("member").node;
    const node = { ...machine.grant("member").node, announcer: { ...announcer, holdSeconds: 9 } as typeof announcer };
    const { code, stderr } = await machine.receive("member", { node }, RUNS);
    expect(code, stderr).toBe(0);
    expect(machine.calls.some(call => call.startsWith("systemd-run"))).toBe(true);
  });

  it("leaves a member alone: neither its program nor what it knows is changed", async () => {
    const machine = new TestMachine(1).cluster(0, 2);
    await machine.run("member");
    const state = () => [machine.members, machine.read("etc/rackplane/node.json"), machine.read("fake/program")];
    const before = state();
    const node = { ...machine.grant("join").node, endpoint: { address: "10.70.0.99", port: 6443 } };
    const { code, stderr } = await machine.receive("join", { node });
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("prod-cp-1 is a member already; nothing is done");
    expect(machine.calls.some(call => call.startsWith("systemd-run"))).toBe(false);
    expect(state()).toEqual(before);
  });
});

const RUNS = { "bin/rackplane": '#!/bin/bash\necho "{}" >"$RACKPLANE_ROOT/run/rackplane/result.json"\n' };
const SHORT = { metadata: 1, bgpNeighbors: 1, downloads: 1, member: 1 };
const PATIENT = { ...SHORT, member: 20 };
