import { describe, expect, it } from "vitest";
import type { Grant } from "../../../../cloud-init/contract/grant";
import type { Announcer } from "../../../../cloud-init/contract/node";
import { arpAnnouncer } from "../../nodes";
import { TestMachine } from "./machine";

const inits = (machine: TestMachine) => machine.calls.filter(call => call.startsWith("kubeadm init --config"));
const pki = (machine: TestMachine) => JSON.parse(machine.read("run/rackplane/result.json") ?? "null") as unknown;

const VRRP = { balancer: "haproxy", prefix: 24, virtualRouterId: 51, advertSeconds: 1 } as const;
/** Every kind of endpoint, and whether the VIP then lies on another machine, which leads to this one's API server. */
const KINDS: { readonly [K in Announcer["kind"]]: { announcer: Extract<Announcer, { kind: K }>; elsewhere: boolean } } =
  {
    "kube-vip-bgp": {
      announcer: { kind: "kube-vip-bgp", image: "kube-vip", holdSeconds: 3, keepaliveSeconds: 1, probeSeconds: 1 },
      elsewhere: false,
    },
    "kube-vip-arp": { announcer: arpAnnouncer, elsewhere: false },
    keepalived: { announcer: { kind: "keepalived", ...VRRP }, elsewhere: false },
    balancers: { announcer: { kind: "balancers", ...VRRP, machines: [] }, elsewhere: true },
    external: { announcer: { kind: "external" }, elsewhere: true },
  };

function behind(kind: string): { machine: TestMachine; changes: Partial<Grant> } {
  const { announcer, elsewhere } = KINDS[kind as Announcer["kind"]];
  const machine = new TestMachine();
  if (elsewhere) machine.write("fake/elsewhere", "");
  return { machine, changes: { node: { ...machine.grant("form").node, announcer } } };
}

describe.concurrent("form", () => {
  it("makes an empty machine the cluster and returns its eight keys", async () => {
    const machine = new TestMachine();
    const { code, stderr } = await machine.run("form");
    expect(code, stderr).toBe(0);
    expect(pki(machine)).toEqual({ pki: machine.keys });
    expect(machine.members).toHaveLength(1);
    expect(JSON.parse(machine.read("var/lib/rackplane/formed.json") ?? "")).toMatchObject({
      cluster: "prod",
      state: "formed",
    });
  });

  it("leaves no bootstrap token and no super-admin behind", async () => {
    const machine = new TestMachine();
    await machine.run("form");
    expect(machine.tokens).toEqual([]);
    expect(machine.has("etc/kubernetes/super-admin.conf")).toBe(false);
    expect(machine.has("run/rackplane/grant.json")).toBe(false);
    expect(machine.has("run/rackplane/work")).toBe(false);
  });

  it("returns the same keys from a formed machine and runs nothing", async () => {
    const machine = new TestMachine();
    await machine.run("form");
    const before = machine.members;
    const { code, stderr } = await machine.run("form");
    expect(code, stderr).toBe(0);
    expect(pki(machine)).toEqual({ pki: machine.keys });
    expect(machine.members).toEqual(before);
    expect(machine.calls.filter(call => call.startsWith("kubeadm"))).toHaveLength(1);
  });

  it("refuses a machine whose etcd directory is not empty", async () => {
    const machine = new TestMachine();
    machine.write("var/lib/etcd/member/id", "1");
    const { code, stderr } = await machine.run("form");
    expect(code).toBe(1);
    expect(stderr).toMatch(/belongs to a cluster that it did not form; expected an empty machine; replace it/);
    expect(inits(machine)).toEqual([]);
    expect(machine.has("var/lib/etcd/member/id")).toBe(true);
  });

  it.each([
    ["its endpoint", "203.0.113.1"],
    ["another machine", "10.70.0.5"],
  ])("refuses while a cluster answers at %s", async (_, address) => {
    const machine = new TestMachine();
    machine.write(`fake/api/${address}`, "");
    const { code, stderr } = await machine.run("form");
    expect(code).toBe(1);
    expect(stderr).toContain(
      `a cluster already answers at ${address}:6443; expected silence, since form must never run twice`,
    );
    expect(inits(machine)).toEqual([]);
  });

  it("refuses a machine that formed another cluster", async () => {
    const machine = new TestMachine();
    machine.write("var/lib/rackplane/formed.json", '{"cluster": "other", "state": "formed"}');
    const { code, stderr } = await machine.run("form");
    expect(code).toBe(1);
    expect(stderr).toMatch(/found cluster "other", expected "prod"/);
  });

  const places = ["preflight", "certs", "etcd", "token"].map(place => `kubeadm init: ${place}`);
  const interrupted = Object.keys(KINDS).flatMap(kind => [...places, "tokens deleted"].map(place => [kind, place]));
  it.each(interrupted)("with the endpoint %s, interrupted at '%s' starts over, once", async (kind, place) => {
    const { machine, changes } = behind(kind);
    machine.write("fake/cut", place);
    expect((await machine.run("form", changes)).code).toBeNull();
    await machine.reboot();
    const { code, stderr } = await machine.run("form", changes);
    expect(code, stderr).toBe(0);
    expect(inits(machine)).toHaveLength(2);
    expect(machine.members).toHaveLength(1);
    expect(pki(machine)).toEqual({ pki: machine.keys });
    expect(machine.has("var/lib/etcd/member/id")).toBe(true);
    expect((await machine.run("form", changes)).code).toBe(0);
    expect(inits(machine)).toHaveLength(2);
  });

  it.each(Object.keys(KINDS))("with the endpoint %s, interrupted, refuses another cluster behind it", async kind => {
    const { machine, changes } = behind(kind);
    machine.write("fake/cut", "kubeadm init: token");
    await machine.run("form", changes);
    await machine.reboot();
    machine.write("fake/api/10.70.0.5", "");
    const { code, stderr } = await machine.run("form", changes);
    expect(code).toBe(1);
    expect(stderr).toContain("a cluster already answers at 10.70.0.5:");
    // Nothing was taken down before that was known.
    expect(machine.has("var/lib/etcd/member/id")).toBe(true);
  });

  it("interrupted while it started over starts over again", async () => {
    const machine = new TestMachine();
    for (const place of ["kubeadm init: token", "kubeadm reset: half"]) {
      machine.write("fake/cut", place);
      expect((await machine.run("form")).code).toBeNull();
      await machine.reboot();
    }
    expect((await machine.run("form")).code).toBe(0);
    expect(machine.members).toHaveLength(1);
  });

  it("that failed in kubeadm says where the reason is, and starts over when run again", async () => {
    const machine = new TestMachine();
    machine.write("fake/faults/init", "1");
    const { code, stderr } = await machine.run("form");
    expect(code).toBe(1);
    expect(stderr).toMatch(/kubeadm init failed, its reason is above this line/);
    expect((await machine.run("form")).code).toBe(0);
  });
});
