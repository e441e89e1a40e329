import { X509Certificate, createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Grant } from "../../../../cloud-init/contract/grant";
import { workerDocument } from "../../../../cloud-init/documents/kubeadm";
import { arpAnnouncer } from "../../nodes";
import { ROSTER, TestMachine, VIP } from "./machine";

const self = { name: "prod-w-0", address: "10.70.0.21" };
const pool = { name: "build", labels: {}, taints: [] };
const CONFIGURATION = "etc/rackplane/local-balancer.cfg";
const SERVICE = "fake/active/rackplane-local-balancer.service";
const KUBELETS = `0 0 10.70.0.21:40000 ${VIP}:6443 users:(("kubelet",pid=7,fd=9))\n`;
const OTHERS = `0 0 10.70.0.21:40001 ${VIP}:6443 users:(("kube-proxy",pid=8,fd=9))\n`;

/** An empty machine and a cluster of three that it may join. */
function aWorker(): TestMachine {
  const machine = new TestMachine().cluster(0, 1, 2);
  machine.write("fake/name", self.name);
  machine.write("fake/address", self.address);
  machine.write("fake/tokens/t0k3n1", "");
  machine.write("etc/rackplane/roster.json", JSON.stringify(ROSTER));
  return machine;
}

const granted = (machine: TestMachine, on: boolean): Partial<Grant> => {
  const key = new X509Certificate(machine.keys["ca.crt"]).publicKey.export({ type: "spki", format: "der" });
  return {
    machine: self,
    pool,
    kubeadm: { join: workerDocument({ machine: self, pool }) },
    node: {
      ...machine.grant("worker").node,
      role: "worker",
      announcer: arpAnnouncer,
      ...(on ? { localBalancer: { port: 7445 } } : {}),
    },
    invitation: {
      token: "t0k3n1.secretsecretsecr",
      caHash: `sha256:${createHash("sha256").update(key).digest("hex")}`,
    },
  };
};
const run = (machine: TestMachine, on = true) => machine.run("worker", granted(machine, on));
const rules = (machine: TestMachine) => (machine.read("fake/iptables") ?? "").trim();
const called = (machine: TestMachine, begin: string) => machine.calls.filter(call => call.startsWith(begin));
const RULE = `-A OUTPUT -p tcp -d ${VIP}/32 --dport 6443 -m comment --comment rackplane-local-balancer -j DNAT --to-destination 127.0.0.1:7445`;

const made = new Map<boolean, Promise<TestMachine>>();
/** A worker that has joined, with or without a balancer of its own: made once, then copied. */
async function joined(on: boolean): Promise<TestMachine> {
  const once = async () => {
    const machine = aWorker();
    const { code, stderr } = await run(machine, on);
    expect(code, stderr).toBe(0);
    return machine;
  };
  const machine = made.get(on) ?? once();
  made.set(on, machine);
  const copy = (await machine).copy();
  copy.write("fake/name", self.name);
  copy.write("fake/address", self.address);
  return copy;
}
const plainWorker = () => joined(false);
const withBalancer = () => joined(true);

describe.concurrent("a worker's own balancer", () => {
  it("is there, and leads the machine's packets, before kubeadm joins", async () => {
    const machine = await withBalancer();
    expect(rules(machine)).toBe(RULE);
    const at = (begin: string) => machine.calls.findIndex(call => call.startsWith(begin));
    expect(at("systemctl start rackplane-local-balancer")).toBeGreaterThan(-1);
    expect(at("iptables -w 10 -t nat -I OUTPUT")).toBeGreaterThan(at("systemctl start rackplane-local-balancer"));
    expect(at("kubeadm join")).toBeGreaterThan(at("iptables -w 10 -t nat -I OUTPUT"));
    for (const { name, address } of ROSTER)
      expect(machine.read(CONFIGURATION)).toContain(`  server ${name} ${address}:6443\n`);
    expect(machine.read(CONFIGURATION)).toContain("  bind 127.0.0.1:7445\n");
  });

  it("comes to a worker that runs, whose connections past it are ended and whose kubelet is not restarted", async () => {
    const machine = await plainWorker();
    expect(machine.has(CONFIGURATION)).toBe(false);
    machine.write("fake/past", KUBELETS + OTHERS);
    const { code, stderr } = await run(machine);
    expect(code, stderr).toBe(0);
    expect(rules(machine)).toBe(RULE);
    expect(machine.read("fake/past")).toBe("");
    expect(called(machine, "systemctl try-restart")).toEqual([]);
    expect(called(machine, "kubeadm join")).toHaveLength(1);
  });

  it("leaves a connection alone that goes by it already", async () => {
    const machine = await plainWorker();
    machine.write("fake/past", KUBELETS);
    machine.write("fake/balanced", "0 0 127.0.0.1:7445 10.70.0.21:40000\n");
    const { code, stderr } = await run(machine);
    expect(code, stderr).toBe(0);
    expect(called(machine, "ss -K")).toEqual([]);
  });

  it("has kubelet restarted where the kernel can end no connection", async () => {
    const machine = await plainWorker();
    machine.write("fake/past", KUBELETS);
    machine.write("fake/faults/uncuttable", "");
    const { code, stderr } = await run(machine);
    expect(code, stderr).toBe(0);
    expect(called(machine, "systemctl try-restart --no-block kubelet.service")).toHaveLength(1);
  });

  it("follows the control plane by a reload, and an unchanged one by nothing", async () => {
    const machine = await withBalancer();
    await run(machine);
    expect(called(machine, "systemctl reload rackplane-local-balancer")).toEqual([]);
    machine.write("etc/rackplane/roster.json", JSON.stringify(ROSTER.slice(0, 1)));
    const { code, stderr } = await run(machine);
    expect(code, stderr).toBe(0);
    expect(called(machine, "systemctl reload rackplane-local-balancer")).toHaveLength(1);
    expect(called(machine, "systemctl start rackplane-local-balancer")).toHaveLength(1);
    expect(machine.read(CONFIGURATION)).not.toContain("prod-cp-1");
  });

  it.each<[string, string, RegExp]>([
    [
      "HAProxy refuses",
      "haproxy",
      /HAProxy refuses its configuration: \[ALERT\] unknown keyword; .* goes on as it was/,
    ],
    ["cannot listen", "port", /did not start: Job .* failed\.; expected HAProxy to listen at 127\.0\.0\.1:7445; see/],
  ])("that %s changes nothing on the way to the endpoint", async (_, fault, message) => {
    const machine = await plainWorker();
    machine.write(`fake/faults/${fault}`, "");
    const { code, stderr } = await run(machine);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(rules(machine)).toBe("");
  });

  it("behind which no API server is ready gets no packets", async () => {
    const machine = await plainWorker();
    for (const i of [0, 1, 2]) machine.down(i);
    const { code, stderr } = await run(machine);
    expect(code).toBe(1);
    expect(stderr).toMatch(/waited 1 s for an API server to be ready through this machine's balancer/);
    expect(rules(machine)).toBe("");
  });

  it("goes once the endpoint has answered without it", async () => {
    const machine = await withBalancer();
    const before = machine.calls.length;
    const { code, stderr } = await run(machine, false);
    expect(code, stderr).toBe(0);
    expect(rules(machine)).toBe("");
    expect(machine.has(SERVICE) || machine.has(CONFIGURATION) || machine.has("var/lib/rackplane/local-balancer")).toBe(
      false,
    );
    const at = (text: string) => machine.calls.findIndex((call, i) => i >= before && call.includes(text));
    expect(at("-D OUTPUT")).toBeLessThan(at("/readyz"));
    expect(at("/readyz")).toBeLessThan(at("systemctl disable"));
  });

  it("stays, and has its rule again, where the endpoint does not answer without it", async () => {
    const machine = (await withBalancer()).installed();
    machine.write("var/lib/rackplane/previous/etc/rackplane/node.json", machine.read("etc/rackplane/node.json") ?? "");
    machine.write("var/lib/rackplane/previous/etc/rackplane/roster.json", JSON.stringify(ROSTER));
    machine.erase(`fake/api/${VIP}`);
    const { code, stderr } = await run(machine, false);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /waited 1 s for the endpoint https:\/\/203\.0\.113\.1:6443 to answer this machine, before its own balancer is taken away/,
    );
    expect(machine.has(SERVICE)).toBe(true);
    expect(rules(machine)).toBe(RULE);
    expect(machine.read(CONFIGURATION)).toContain("bind 127.0.0.1:7445");
  });
});

describe.concurrent("the condition local-balancer", () => {
  const found = async (machine: TestMachine) => {
    const report = JSON.parse((await machine.program("status")).stdout) as {
      conditions: { name: string; ok: boolean; found?: string }[];
    };
    return report.conditions.find(({ name }) => name === "local-balancer");
  };

  it("is no condition of a worker without one", async () => {
    expect(await found(await plainWorker())).toBeUndefined();
  });

  it("holds once the balancer runs and kubelet goes by it", async () => {
    expect(await found(await withBalancer())).toMatchObject({ ok: true });
  });

  it.each<[string, (machine: TestMachine) => void, RegExp]>([
    ["the service does not run", m => m.erase(SERVICE), /^rackplane-local-balancer\.service is inactive/],
    [
      "the roster is another",
      m => m.write("etc/rackplane/roster.json", JSON.stringify(ROSTER.slice(1))),
      /^it does not run by the list of control-plane machines/,
    ],
    ["the rule is gone", m => m.erase("fake/iptables"), /^no rule of iptables leads to it/],
    [
      "no API server is ready",
      m => {
        for (const i of [0, 1, 2]) m.down(i);
      },
      /^no API server is ready behind it: curl/,
    ],
    ["kubelet goes past it", m => m.write("fake/past", KUBELETS), /^kubelet's connection from 10\.70\.0\.21:40000/],
  ])("says so where %s", async (_, spoil, message) => {
    const machine = await withBalancer();
    spoil(machine);
    const condition = await found(machine);
    expect(condition?.ok).toBe(false);
    expect(condition?.found).toMatch(message);
  });
});
