import { describe, expect, it } from "vitest";
import type { Announcer } from "../../../../cloud-init/contract/node";
import type { TestMachine } from "./machine";
import { member, to, upgrade } from "./upgrading";

const vrrp = { balancer: "haproxy", prefix: 24, virtualRouterId: 51, advertSeconds: 1 } as const;
const PAIR = [7, 9].map(host => ({ name: `prod-lb-${host}`, address: `10.70.0.${host}` }));
const KINDS = {
  keepalived: { kind: "keepalived", ...vrrp },
  balancers: { kind: "balancers", ...vrrp, machines: PAIR },
  external: { kind: "external" },
} as const satisfies Record<string, Announcer>;

const upgradeOf = async (machine: TestMachine, kind: keyof typeof KINDS) => {
  const { address } = machine.grant("member").node.endpoint;
  // On a machine without keepalived the VIP is another one's.
  if (kind !== "keepalived") {
    machine.erase("fake/vip");
    machine.write("fake/elsewhere", "");
  }
  const endpoint = { address, port: 6443, ...(kind === "keepalived" ? { apiServerPort: 6444 } : {}) };
  const { node } = to(machine, "1.34.4");
  if (node === undefined) throw new Error("a member's grant has its node");
  return upgrade(machine, "1.34.4", { node: { ...node, endpoint, announcer: KINDS[kind] } });
};
/** Whose connections were refused, and to which port, while kubeadm upgraded. */
const refused = (machine: TestMachine) =>
  (machine.read("fake/refused-at-upgrade") ?? "")
    .split("\n")
    .flatMap(
      rule => /^-A INPUT -s (\S+)\/32 -p tcp .*--dport (\d+) .* -j REJECT/.exec(rule)?.slice(1).join(" to ") ?? [],
    );
const left = (machine: TestMachine) => [
  machine.read("fake/iptables-filter") ?? "",
  machine.has("run/rackplane/left-balancers"),
];

describe.concurrent("while a machine is upgraded, its API server refuses", () => {
  it.each([
    ["keepalived", ["10.70.0.1 to 6444", "10.70.0.5 to 6444"]],
    ["balancers", ["10.70.0.7 to 6443", "10.70.0.9 to 6443"]],
    ["external", []],
  ] as const)("the balancers of %s and nobody else, and no longer than that", async (kind, expected) => {
    const machine = await member();
    const { run } = await upgradeOf(machine, kind);
    expect(run.code, run.stderr).toBe(0);
    expect(machine.read("fake/upgrades")).toMatch(/^apply\n/);
    expect(refused(machine)).toEqual(expected);
    expect(left(machine)).toEqual(["", false]);
  });

  it("nobody where the VIP comes straight to it", async () => {
    const machine = await member();
    const { run } = await upgrade(machine);
    expect(run.code, run.stderr).toBe(0);
    // Its own programs are refused while its etcd is away.
    const own = new RegExp(`-s ${machine.self.address}/32 -d ${machine.self.address}/32 `);
    expect(machine.calls.filter(call => /^iptables .* -[AI] /.test(call) && !own.test(call))).toEqual([]);
    expect(machine.read("fake/iptables-filter")).toBe("");
  });

  it("nobody any more once the upgrade has failed", async () => {
    const machine = await member();
    machine.write("fake/faults/upgrade", "");
    const { run } = await upgradeOf(machine, "balancers");
    expect(run.code).toBe(1);
    expect(left(machine)).toEqual(["", false]);
  });

  it("nobody any more once the verb was killed: its unit's end sees to it, and so does the next verb", async () => {
    const machine = await member();
    machine.write("fake/cut", "kubeadm upgrade: etcd");
    expect((await upgradeOf(machine, "balancers")).run.code).not.toBe(0);
    expect(left(machine)).toEqual([expect.stringContaining("10.70.0.9/32"), true]);
    const killed = machine.copy();
    expect((await killed.program("return-to-balancers")).code).toBe(0);
    expect(left(killed)).toEqual(["", false]);
    const { run } = await upgradeOf(machine, "balancers");
    expect(run.code, run.stderr).toBe(0);
    expect(left(machine)).toEqual(["", false]);
  });

  it("nobody where iptables does not work, and the upgrade goes on, telling so", async () => {
    const machine = await member();
    machine.write("fake/faults/iptables", "");
    const { run } = await upgradeOf(machine, "balancers");
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).toMatch(
      /connections from the balancer at 10\.70\.0\.7 could not be refused \(iptables: .*CHAIN_ADD/,
    );
  });
});
