import { describe, expect, it } from "vitest";
import type { Grant } from "../../../../cloud-init/contract/grant";
import type { Announcer, Balancing } from "../../../../cloud-init/contract/node";
import { ROSTER, TestMachine } from "./machine";

const self = { name: "prod-lb-0", address: "10.70.0.21" };
const vrrp = { balancer: "haproxy", prefix: 24, virtualRouterId: 51, advertSeconds: 1 } as const;
const announcer: Announcer = { kind: "balancers", ...vrrp, machines: [self] };
/** The verb itself is not run here. */
const PROGRAM = {
  "bin/rackplane": '#!/bin/bash\necho "$*" >>"$FAKE/program"\necho "{}" >"$RACKPLANE_ROOT/run/rackplane/result.json"\n',
};
const HTTPS = { name: "https", port: 443, check: true, servers: ["10.70.0.31:30443"] };

/** A balancer that runs, as its last grant made it. */
function aBalancer(): TestMachine {
  const machine = new TestMachine();
  machine.write("fake/name", self.name);
  machine.write("fake/address", self.address);
  machine.write("etc/rackplane/node.json", JSON.stringify(grant(machine).node));
  machine.write("etc/rackplane/roster.json", JSON.stringify(ROSTER));
  machine.write("etc/rackplane/haproxy.cfg", "frontend endpoint\n  bind :6443\n");
  machine.write("var/lib/rackplane/machine.json", JSON.stringify({ ...self, interface: "eth0" }));
  for (const daemon of ["haproxy", "keepalived"]) machine.write(`fake/active/rackplane-${daemon}.service`, "");
  return machine;
}
const grant = (machine: TestMachine, balancing?: Balancing): Partial<Grant> & Pick<Grant, "node"> => ({
  machine: self,
  kubeadm: undefined,
  node: {
    ...machine.grant("balancer").node,
    role: "balancer",
    announcer,
    ...(balancing === undefined ? {} : { balancing }),
  },
  secrets: { vrrpPassword: "Secret12" },
});
const receive = (machine: TestMachine, balancing: Balancing) =>
  machine.receive("balancer", grant(machine, balancing), PROGRAM);

describe.concurrent("a running balancer", () => {
  it("takes a further port and a statistics page that nothing is in the way of", async () => {
    const machine = aBalancer();
    machine.write("fake/listening:6443", 'LISTEN 0 4096 0.0.0.0:6443 0.0.0.0:* users:(("haproxy",pid=7,fd=6))\n');
    const { code, stderr } = await receive(machine, { frontends: [HTTPS], statistics: { port: 8080 } });
    expect(code, stderr).toBe(0);
    expect(JSON.parse(machine.read("etc/rackplane/node.json") ?? "")).toMatchObject({
      balancing: { frontends: [HTTPS] },
    });
  });

  it("refuses to have SNMP turned on, at which keepalived would end, and takes its being turned off", async () => {
    const machine = aBalancer();
    const on = await receive(machine, { snmpTraps: true });
    expect(on.code).toBe(1);
    expect(on.stderr).toMatch(/endpoint\.snmpTraps: found true, expected false, as keepalived would end at the reload/);
    machine.write("etc/rackplane/node.json", JSON.stringify(grant(machine, { snmpTraps: true }).node));
    expect((await machine.receive("balancer", grant(machine), PROGRAM)).code).toBe(0);
  });

  it("refuses another version of VRRP, which the others would not understand, in either direction", async () => {
    const second = aBalancer();
    second.write("var/lib/rackplane/secrets.json", '{"vrrpPassword": "Secret12"}');
    const { secrets: _, node, ...same } = grant(second);
    const third = { ...node, announcer: { ...announcer, vrrpVersion: 3, advertSeconds: 0.25 } as Announcer };
    const up = await second.receive("balancer", { ...same, node: third }, PROGRAM);
    expect(up.code).toBe(1);
    expect(up.stderr).toMatch(/endpoint\.vrrpVersion: found 3, expected 2; /);
    expect(up.stderr).not.toContain("endpoint.password");

    second.write("etc/rackplane/node.json", JSON.stringify(third));
    second.write("var/lib/rackplane/secrets.json", "{}");
    const down = await second.receive("balancer", grant(second), PROGRAM);
    expect(down.code).toBe(1);
    expect(down.stderr).toMatch(
      /endpoint\.vrrpVersion: found 2, expected 3; endpoint\.advertSeconds: found 1, expected 0\.25; /,
    );
  });

  it.each<[string, Balancing, (machine: TestMachine) => void, RegExp]>([
    [
      "a port that something else has",
      { frontends: [HTTPS] },
      m => m.write("fake/listening:443", 'LISTEN 0 5 0.0.0.0:443 0.0.0.0:* users:(("apache2",pid=9,fd=4))\n'),
      /port 443 is taken here: found users:\(\("apache2",pid=9,fd=4\)\), expected it free; see 'ss -ltnp sport = :443'/,
    ],
    [
      "a statistics page at an address that it has not",
      { statistics: { port: 8080, address: "10.9.9.9" } },
      () => undefined,
      /endpoint\.statistics\.address: no interface of this machine has 10\.9\.9\.9, expected one of its own/,
    ],
    [
      "what HAProxy refuses",
      { frontends: [HTTPS] },
      m => m.write("fake/faults/haproxy", ""),
      /HAProxy refuses what the settings make: \[ALERT\] unknown keyword/,
    ],
    [
      "what keepalived refuses",
      { frontends: [HTTPS] },
      m => m.write("fake/faults/keepalived", ""),
      /keepalived refuses what the settings make: \(Line 3\) Unknown keyword/,
    ],
  ])("refuses %s, and stays as it was", async (_, balancing, spoil, message) => {
    const machine = aBalancer();
    spoil(machine);
    const before = machine.read("etc/rackplane/node.json");
    const { code, stderr } = await receive(machine, balancing);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/correct that and run 'pulumi up' again; nothing was changed/);
    expect(stderr).not.toContain("Secret12");
    expect(machine.read("etc/rackplane/node.json")).toBe(before);
    expect(machine.has("fake/program")).toBe(false);
    expect(machine.has("run/rackplane/balancing-new")).toBe(false);
  });
});
