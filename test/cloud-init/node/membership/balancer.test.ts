import { execFileSync } from "node:child_process";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import type { Grant } from "../../../../cloud-init/contract/grant";
import type { Announcer } from "../../../../cloud-init/contract/node";
import { ROSTER, TestMachine } from "./machine";

const NODE = path.resolve(__dirname, "../../../../cloud-init/node");
const self = { name: "prod-lb-0", address: "10.70.0.21" };
const announcer: Announcer = {
  kind: "balancers",
  balancer: "nginx",
  prefix: 24,
  virtualRouterId: 51,
  advertSeconds: 1,
  machines: [self, { name: "prod-lb-1", address: "10.70.0.23" }],
};

/** A balancer whose announcer has written the configuration of `roster` and told its services. */
function aBalancer(roster = ROSTER): { machine: TestMachine; changes: Partial<Grant> } {
  const machine = new TestMachine();
  machine.write("fake/name", self.name);
  machine.write("fake/address", self.address);
  const changes: Partial<Grant> = {
    machine: self,
    kubeadm: undefined,
    node: { ...machine.grant("balancer").node, role: "balancer", announcer },
  };
  machine.write("etc/rackplane/node.json", JSON.stringify(changes.node));
  machine.write("etc/rackplane/roster.json", JSON.stringify(roster));
  machine.write("var/lib/rackplane/machine.json", JSON.stringify({ ...self, interface: "eth0" }));
  machine.write("var/lib/rackplane/secrets.json", '{"vrrpPassword": "Secret12"}');
  for (const daemon of ["nginx", "keepalived"]) machine.write(`fake/active/rackplane-${daemon}.service`, "");
  execFileSync(
    "bash",
    [
      "-c",
      `
    set -euo pipefail
    . "$RACKPLANE_BUNDLE/boot/lib/common.sh"; . "$BUNDLE/boot/lib/role.sh"; . "$BUNDLE/grant/lib/balancing.sh"
    for daemon in $(daemons); do
      render "$daemon" >"$(configuration_of "$daemon")"
      sha256sum <"$(configuration_of "$daemon")" >"$RUNDIR/applied-$daemon"
    done`,
    ],
    { env: { PATH: process.env.PATH, RACKPLANE_ROOT: machine.root, RACKPLANE_BUNDLE: NODE } },
  );
  return { machine, changes };
}

describe.concurrent("a balancer", () => {
  it("is done when its services run by this roster", async () => {
    const { machine, changes } = aBalancer();
    const { code, stderr } = await machine.run("balancer", changes);
    expect(code, stderr).toBe(0);
    expect(machine.result()).toEqual({ name: "prod-lb-0", servers: 3 });
    expect(stderr).toContain("nginx keepalived lead to 3 API servers");
  });

  describe("with keepalived at another version", () => {
    function due() {
      const { machine, changes } = aBalancer();
      machine.write("fake/packages", "keepalived 1:2.2.7-1\nnginx 1.22.1-9\n");
      machine.write("fake/madison", "keepalived 1:2.2.7-2\n");
      machine.write("var/lib/rackplane/package-versions.json", '{"keepalived": "1:2.2.7-2", "containerd": "9.9"}');
      machine.write("run/rackplane/announcing", "yes 1");
      machine.write("fake/vip", "");
      return { machine, changes };
    }

    it("gives the VIP away, installs it and starts it anew", async () => {
      const { machine, changes } = due();
      const { run, moves } = await machine.announcing(machine.run("balancer", changes));
      expect(run.code, run.stderr).toBe(0);
      expect(run.stderr).toContain("balancer change: bring keepalived from 1:2.2.7-1 to 1:2.2.7-2");
      expect(moves).toEqual(["away", "back"]);
      expect(machine.read("fake/packages")).toContain("keepalived 1:2.2.7-2");
      expect(machine.calls).toContain("systemctl restart rackplane-keepalived.service");
      expect(machine.calls).not.toContain("the VIP is here");
    });
  });

  it.each<[string, (machine: TestMachine) => void, RegExp]>([
    [
      "its configuration is of an earlier roster",
      m => m.write("etc/rackplane/roster.json", JSON.stringify(ROSTER.slice(1))),
      /nginx\.conf is not of this roster yet/,
    ],
    [
      "a service does not run",
      m => m.erase("fake/active/rackplane-keepalived.service"),
      /rackplane-keepalived\.service does not run; see 'journalctl -u rackplane-keepalived'/,
    ],
    [
      "a service was not told",
      m => m.write("run/rackplane/applied-nginx", "other"),
      /nginx has not taken up its configuration/,
    ],
  ])("waits, and says for what, while %s", async (_, spoil, message) => {
    const { machine, changes } = aBalancer();
    spoil(machine);
    const { code, stderr } = await machine.run("balancer", changes);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain("Secret12");
  });

  it("is no machine of another role", async () => {
    const { machine, changes } = aBalancer();
    const { code, stderr } = await machine.run("balancer", { ...changes, node: machine.grant("balancer").node });
    expect(code).toBe(1);
    expect(stderr).toMatch(/says that this machine is no balancer; expected role balancer/);
  });
});
