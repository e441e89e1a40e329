import { describe, expect, it } from "vitest";
import { ROSTER, TestMachine } from "./machine";

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
    const ill = { name: "ill", address: "10.70.0.77" };
    machine.members = [...machine.members, machine.member(3, ill)];
    const node = { ...machine.grant("join").node, deadlines: SHORT };
    const run = await machine.run("join", { node, roster: [...ROSTER, ill] });
    expect(run.code).not.toBe(0);
    expect(run.stderr).toMatch(/every other voting etcd member to be healthy.*not healthy: ill at/s);
    expect(joins(machine)).toEqual([]);
  });

  it("removes a dead member that the configuration no longer has, and leaves a living one to `retire`", async () => {
    const machine = new TestMachine(2).cluster(0, 1);
    const dead = machine.member(3, { name: "dead", address: "10.70.0.77" });
    const living = machine.member(4, { name: "living", address: "10.70.0.78" });
    machine.members = [...machine.members, dead, living];
    machine.write("fake/etcd/10.70.0.78", "");
    const run = await machine.run("join");
    expect(run.code, run.stderr).toBe(0);
    expect(machine.members.map(({ name }) => name)).toEqual(["prod-cp-0", "prod-cp-1", "living", "prod-cp-2"]);
    expect(run.stderr).toContain("(dead at 10.70.0.77), whose machine is no longer in the configuration");
  });

  it("finds the members, and the lock, through the endpoint where none of the configuration's machines is a member yet", async () => {
    const machine = new TestMachine(2).cluster();
    const old = [7, 8, 9].map(i => machine.member(i, { name: `old-${i}`, address: `10.70.1.${i}` }));
    machine.members = old;
    for (const { address } of old) machine.write(`fake/etcd/${address}`, "");
    const labels = { "node-role.kubernetes.io/control-plane": "" };
    const items = old.map(({ name, address }) => ({
      metadata: { name, labels },
      status: { addresses: [{ type: "InternalIP", address }] },
    }));
    machine.write("fake/cluster-nodes.json", JSON.stringify({ items }));
    const run = await machine.run("join", { inTurn: true });
    expect(run.code, run.stderr).toBe(0);
    expect(machine.members).toHaveLength(4);
    expect(machine.read("fake/lease.json")).toContain('"holderIdentity": ""');
  });

  it("removes its own stale entry before it waits for the others, of which another join removes its own", async () => {
    const machine = new TestMachine(1).cluster(0, 1, 2);
    machine.down(1);
    const lost = [3, 4].map(i => machine.member(i, { name: `prod-cp-${i}`, address: `10.70.0.${2 * i + 1}` }));
    machine.members = [...machine.members, ...lost];
    // Five members, of which 1 and 3 are lost; 4 is well.
    machine.write("fake/etcd/10.70.0.9", "");
    const roster = [...ROSTER, ...lost.map(({ name, address }) => ({ name, address }))];
    const { ended } = machine.begin("join", { node: { ...machine.grant("join").node, deadlines: PATIENT }, roster });
    await machine.until(() => (machine.read("var/lib/rackplane/status") ?? "").includes("to be healthy, as kubeadm"));
    expect(machine.members.map(({ id }) => id)).not.toContain(machine.member(1).id);
    machine.members = machine.members.filter(({ name }) => name !== "prod-cp-3");
    const { code, stderr } = await ended;
    expect(code, stderr).toBe(0);
    expect(machine.members).toHaveLength(4);
  });

  describe("a cluster that serves already", () => {
    const metadata = { resourceVersion: "7" };
    const held = (holder: string) =>
      JSON.stringify({ metadata, spec: { holderIdentity: holder, leaseDurationSeconds: 60 } });
    const lease = (machine: TestMachine) => machine.read("fake/lease.json") ?? "";

    it("gets one machine after the other, each under the cluster's lock until it is judged", async () => {
      const machine = new TestMachine(2).cluster(0, 1);
      machine.write("fake/lease.json", held("prod-cp-0 join 1"));
      const node = { ...machine.grant("join").node, deadlines: PATIENT };
      const { ended } = machine.begin("join", { node, inTurn: true });
      await machine.until(() =>
        (machine.read("var/lib/rackplane/status") ?? "").includes("the Lease rackplane in kube-system"),
      );
      expect(joins(machine)).toEqual([]);
      machine.write("fake/lease.json", held(""));
      const { code, stderr } = await ended;
      expect(code, stderr).toBe(0);
      expect(lease(machine)).toContain('"holderIdentity": ""');
      expect(machine.members).toHaveLength(3);
    });

    it("takes no lock while it is made", async () => {
      const machine = new TestMachine(2).cluster(0, 1);
      const run = await machine.run("join", { inTurn: false });
      expect(run.code, run.stderr).toBe(0);
      expect(machine.has("fake/lease.json")).toBe(false);
    });
  });

  it("behind keepalived makes a newcomer to its election, which stands aside until the holder knows it", async () => {
    const machine = new TestMachine(2).cluster(0, 1);
    const node = {
      ...machine.grant("join").node,
      announcer: { kind: "keepalived", balancer: "haproxy", prefix: 24, virtualRouterId: 51, advertSeconds: 1 },
      endpoint: { address: "203.0.113.1", port: 6443, apiServerPort: 6444 },
    } as const;
    const { code, stderr } = await machine.run("join", { node });
    expect(code, stderr).toBe(0);
    expect(machine.has("var/lib/rackplane/newcomer")).toBe(true);
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
