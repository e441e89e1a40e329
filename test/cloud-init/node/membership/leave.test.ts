import { spawn } from "node:child_process";
import * as path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { TestMachine } from "./machine";

/** Machine 1 of three, with its program where it is installed. */
let joined: TestMachine;
beforeAll(async () => {
  joined = new TestMachine(1).cluster(0, 2).installed();
  const { code, stderr } = await joined.run("member");
  expect(code, stderr).toBe(0);
  const { kubeadm, roster } = joined.grant("member");
  joined.write("var/lib/rackplane/kubeadm.json", JSON.stringify(kubeadm));
  joined.write("etc/rackplane/roster.json", JSON.stringify(roster));
}, 60_000);

const leave = (machine: TestMachine, ...words: string[]) =>
  machine.start(["bin/rackplane", "leave", ...words], path.join(machine.root, "opt/rackplane")).ended;
const answers = (machine: TestMachine) => (machine.read("fake/answers") ?? "").split("\n").filter(line => line !== "");

describe.concurrent("a machine that is told to leave", () => {
  it("gives the VIP and the lead away, says that it is ready, and wipes itself once a quorum has taken it out", async () => {
    const machine = joined.copy();
    machine.write("fake/leader", machine.members.find(({ name }) => name === "prod-cp-1")?.id ?? "");
    let ready = false;
    const watched = machine
      .until(() => answers(machine).length === 2, 60)
      .then(() => {
        ready = true;
        // As it answers, it still serves what is open, and nothing new comes.
        expect(machine.has("fake/vip")).toBe(false);
        expect(machine.read("fake/leader")?.trim()).toBe("9000000000000000000");
        expect(machine.has("etc/kubernetes/pki/ca.key")).toBe(true);
        machine.members = machine.members.filter(({ name }) => name !== "prod-cp-1");
        machine.down(1);
      });
    const { run, moves } = await machine.announcing(leave(machine, "t0k3n", "10.70.0.1"));
    await watched;
    expect(ready).toBe(true);
    expect(run.code, run.stderr).toBe(0);
    expect(answers(machine)).toEqual(["rackplane/leave=t0k3n begun", "rackplane/leave=t0k3n ready"]);
    expect(moves).toEqual(["away"]);
    for (const gone of ["etc/kubernetes", "etc/rackplane", "var/lib/rackplane", "var/lib/etcd/member", "opt/rackplane"])
      expect(machine.has(gone), gone).toBe(false);
  });

  it("ends what its own timers have started, which has this machine's lock and waits for the cluster's", async () => {
    const machine = joined.copy();
    machine.write("etc/systemd/system/rackplane-certificates.timer", "");
    const lock = path.join(machine.root, "run/rackplane/lock");
    const renewing = spawn("flock", [lock, "sleep", "600"], { detached: true, stdio: "ignore" });
    machine.write("fake/units/rackplane-renew.service", String(renewing.pid));
    const ended = new Promise(resolve => renewing.on("close", resolve));
    const left = machine.announcing(leave(machine, "t0k3n", "10.70.0.1"));
    await machine.until(() => answers(machine).length === 2, 60);
    await ended;
    expect(machine.places).toContain("ended rackplane-certificates.timer");
    machine.members = machine.members.filter(({ name }) => name !== "prod-cp-1");
    machine.down(1);
    const { run } = await left;
    expect(run.code, run.stderr).toBe(0);
  }, 120_000);

  it("says why it cannot, and serves again", async () => {
    const machine = joined.copy();
    machine.write("etc/rackplane/roster.json", "[]");
    for (const i of [0, 2]) machine.erase(`fake/etcd/10.70.0.${2 * i + 1}`);
    const begun = leave(machine, "t0k3n", "10.70.0.1");
    const { run, moves } = await machine.announcing(begun);
    expect(run.code).toBe(1);
    expect(answers(machine).at(-1)).toMatch(/^rackplane\/leave=t0k3n failed: .*a quorum of etcd to answer/);
    expect(moves).toEqual(["away", "back"]);
    expect(machine.has("etc/kubernetes/pki/ca.key")).toBe(true);
  }, 120_000);

  it("does not leave by itself", async () => {
    const { code, stderr } = await leave(joined.copy());
    expect(code).toBe(64);
    expect(stderr).toContain("a machine leaves when it is taken out of the configuration: run 'pulumi up'");
  });
});
