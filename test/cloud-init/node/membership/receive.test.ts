import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { openAnswer } from "../../../../cloud-init/contract/answer";
import { ANSWER_KEY, TestMachine } from "./machine";

/** Stands for the program's entry: `install` notes itself, `await` too, any other verb is `verb`. */
const program = (verb: string): Record<string, string> => ({
  "bin/rackplane": `#!/usr/bin/env bash
case $1 in install | await) echo "$*" >>"$FAKE/program"; exit ;; esac
say() { printf '%s\\t%s\\t%s\\t%s\\t%s\\n' "$EPOCHREALTIME" "$RACKPLANE_VERB" "$1" "$2" "$3" >>"$RACKPLANE_ROOT/var/lib/rackplane/status"; }
mkdir -p "$RACKPLANE_ROOT/var/lib/rackplane"
cd "$RACKPLANE_ROOT/run/rackplane"
${verb}
`,
});
const WORKS = 'say keys start "first"; say keys done "last"; echo "{\\"verb\\": \\"$1\\"}" >result.json';
const mode = (machine: TestMachine, file: string) =>
  (fs.statSync(path.join(machine.root, file)).mode & 0o777).toString(8);

describe.concurrent("receive", () => {
  it("installs the program, runs the verb as a unit, shows its progress and prints its result", async () => {
    const machine = new TestMachine(1);
    const { code, stdout, stderr } = await machine.receive("member", {}, program(WORKS));
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ verb: "member" });
    expect(stderr).toMatch(/prod-cp-1 \+\d+ s {2}member keys: first\nprod-cp-1 \+\d+ s {2}member keys: done: last\n/);
    // A prepared machine's boot is an old story, not told at every verb.
    expect(machine.read("fake/program")).toBe("install\n");
    expect(machine.calls.find(call => call.startsWith("systemd-run"))).toMatch(
      // However the unit ends: what the verb refused is ended, too.
      /--unit rackplane-member .*ExecStopPost=-\S+\/opt\/rackplane\/bin\/rackplane return-to-balancers .*RACKPLANE_VERB=member/,
    );
    expect(JSON.parse(machine.read("etc/rackplane/node.json") ?? "")).toEqual(machine.grant("member").node);
    expect([mode(machine, "opt/rackplane/bin/rackplane"), mode(machine, "opt/rackplane/boot/lib/common.sh")]).toEqual([
      "755",
      "644",
    ]);
  });

  it("waits for a machine that is not prepared yet", async () => {
    const machine = new TestMachine(1);
    fs.rmSync(path.join(machine.root, "run/rackplane/prepared"));
    const { code, stderr } = await machine.receive("member", {}, program(WORKS));
    expect(code, stderr).toBe(0);
    expect(machine.read("fake/program")).toBe("install\nawait prepared\n");
  });

  it("gives the verb its grant as a file for root alone, and wipes grant and result", async () => {
    const machine = new TestMachine(1);
    const { stdout } = await machine.receive(
      "member",
      {},
      program(
        "jq -n --arg mode \"$(stat -c %a grant.json)\" --slurpfile grant grant.json '{$mode, pki: $grant[0].pki}' >result.json",
      ),
    );
    expect(JSON.parse(stdout)).toEqual({ mode: "600", pki: machine.keys });
    expect(fs.readdirSync(path.join(machine.root, "run/rackplane")).sort()).toEqual([
      "prepared",
      "program.lock",
      "receiver.lock",
    ]);
    expect(mode(machine, "run/rackplane/receiver.lock")).toBe("600");
  });

  it("removes files that the program no longer has", async () => {
    const machine = new TestMachine(1);
    machine.write("opt/rackplane/steps/old.sh", "old");
    await machine.receive("member", {}, program(WORKS));
    expect(machine.has("opt/rackplane/steps")).toBe(false);
    expect(machine.has("opt/rackplane/boot/lib/common.sh")).toBe(true);
  });

  it("prints the cluster's keys encrypted with the grant's key, in one line, since a failed command shows what it printed", async () => {
    const machine = new TestMachine(0);
    const { code, stdout, stderr } = await machine.receive(
      "form",
      {},
      program('echo "{\\"pki\\": {\\"ca.key\\": \\"A PRIVATE KEY\\"}}" >result.json'),
    );
    expect(code, stderr).toBe(0);
    const { pki } = JSON.parse(openAnswer(ANSWER_KEY, stdout)) as { pki: Record<string, string> };
    expect(pki["ca.key"]).toBe("A PRIVATE KEY");
    expect(stdout).toMatch(/^[A-Za-z0-9+/=]+$/);
    for (const printed of [stdout, Buffer.from(stdout, "base64").toString("latin1"), stderr]) {
      expect(printed).not.toContain("PRIVATE");
      expect(printed).not.toContain(ANSWER_KEY);
    }
    expect(machine.calls.join("\n")).not.toContain(ANSWER_KEY);
    // A key for one answer opens no other.
    expect(() => openAnswer(Buffer.alloc(32, 8).toString("base64"), stdout)).toThrow(
      /expected an answer in the grant's key/,
    );
  });

  it("refuses a verb with a secret answer, but without a key to encrypt it with", async () => {
    const machine = new TestMachine(0);
    for (const answerKey of [undefined, "", "short"]) {
      const { code, stdout, stderr } = await machine.receive("form", { answerKey });
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toMatch(/\.answerKey: found "(null|string)", expected 32 bytes in base64/);
    }
    expect(machine.has("opt/rackplane")).toBe(false);
  });

  it("tells the step that failed and the journal's last lines", async () => {
    const machine = new TestMachine(1);
    const { code, stdout, stderr } = await machine.receive(
      "member",
      {},
      program('say join failed "kubeadm refused"; echo "the reason in the journal" >&2; exit 1'),
    );
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/'member' failed on prod-cp-1, at join: kubeadm refused\n.*\nthe reason in the journal\n$/);
    expect(machine.has("run/rackplane/grant.json")).toBe(false);
  });

  it("waits for a verb whose connection was cut, then runs its own", async ({ expect }) => {
    const machine = new TestMachine(1);
    const slow =
      'echo "run" >>"$FAKE/order"; say keys start "slow"; until [ -e "$FAKE/go" ]; do sleep 0.05; done; echo "end" >>"$FAKE/order"; echo "{}" >result.json';
    const first = machine.startReceive(program(slow));
    first.program.stdin.end(JSON.stringify(machine.grant("member")));
    await expect.poll(() => machine.read("fake/order"), { timeout: 10_000 }).toBe("run\n");
    first.program.kill("SIGKILL");
    await first.ended;

    const second = machine.startReceive(program(slow));
    second.program.stdin.end(JSON.stringify(machine.grant("member")));
    let said = "";
    second.program.stderr.on("data", (data: Buffer) => {
      said += data.toString();
    });
    await expect
      .poll(() => said, { timeout: 10_000 })
      .toContain("'member' still runs on this machine, started over an earlier connection");
    expect(machine.read("fake/order")).toBe("run\n");
    machine.write("fake/go", "");
    const { code, stderr } = await second.ended;
    expect(code, stderr).toBe(0);
    expect(machine.read("fake/order")).toBe("run\nend\nrun\nend\n");
  });

  it.each([
    [
      "another machine's name",
      { machine: { name: "prod-cp-2", address: "10.70.0.5" } },
      /this machine is called prod-cp-1, the grant is for prod-cp-2/,
    ],
    [
      "an address that is not here",
      { machine: { name: "prod-cp-1", address: "10.70.0.9" }, roster: [{ name: "prod-cp-1", address: "10.70.0.9" }] },
      /this machine has no address 10\.70\.0\.9/,
    ],
    ["a roster without this machine", { roster: [] }, /\.roster: found \[\], expected every machine/],
    ["another program's hash", { program: "0".repeat(64) }, /\.program: found 0{64}, expected 5{64}/],
    ["no program's hash", { program: undefined }, /\.program: found none, expected 5{64}/],
  ])("refuses a grant with %s and changes nothing", async (_, changes, message) => {
    const machine = new TestMachine(1);
    const { code, stderr } = await machine.receive("member", changes, program(WORKS));
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(machine.has("opt/rackplane")).toBe(false);
    expect(machine.has("etc/rackplane/node.json")).toBe(false);
  });

  it("completes the question of a verb that only asks with what the machine knows since it became a member", async () => {
    const machine = new TestMachine(0).installed();
    machine.write("etc/kubernetes/pki/ca.key", "key");
    machine.write("etc/kubernetes/pki/ca.crt", "certificate");
    const { node, roster, kubeadm } = machine.grant("member");
    const asked = { node: undefined, roster: undefined, kubeadm: undefined };
    const early = await machine.receive("kubeconfig", asked);
    expect(early.code).toBe(1);
    expect(early.stderr).toMatch(/node\.json is missing: this machine has had no grant that made it a member/);

    machine.write("etc/rackplane/node.json", JSON.stringify(node));
    machine.write("etc/rackplane/roster.json", JSON.stringify(roster));
    machine.write("var/lib/rackplane/kubeadm.json", JSON.stringify(kubeadm));
    const { code, stdout, stderr } = await machine.receive("kubeconfig", asked);
    expect(code, stderr).toBe(0);
    expect(openAnswer(ANSWER_KEY, stdout)).toContain("https://203.0.113.1:6443");
  });

  it("keeps kubeadm's documents of a member for the verbs that ask later, and no key with them", async () => {
    const machine = new TestMachine(1);
    expect((await machine.receive("member", {}, program(WORKS))).code).toBe(0);
    const kept = machine.read("var/lib/rackplane/kubeadm.json") ?? "";
    expect(JSON.parse(kept)).toEqual(machine.grant("member").kubeadm);
    expect(kept).not.toContain("PRIVATE");
  });

  it("refuses what is no grant at all", async () => {
    for (const input of ["", "not JSON", "[]", '{"verb": "destroy"}']) {
      const { code, stderr } = await new TestMachine(1).program("receive", input);
      expect(code, input).toBe(1);
      expect(stderr, input).toMatch(/standard input: .*; send a grant made by this version of the product/);
    }
  });

  it("a verb that only asks is run by the program that is there, and changes neither it nor what the machine knows", async () => {
    const machine = new TestMachine(0).installed();
    machine.write("etc/kubernetes/pki/ca.key", "key");
    machine.write("etc/kubernetes/pki/ca.crt", "certificate");
    machine.write("opt/rackplane/boot/verbs/own.sh", "");
    const { code, stdout, stderr } = await machine.receive("kubeconfig");
    expect(code, stderr).toBe(0);
    expect(openAnswer(ANSWER_KEY, stdout)).toContain("https://203.0.113.1:6443");
    expect(machine.calls.join("\n")).toContain("--client-name rackplane:ci --org own,builders --validity-period 48h");
    expect(machine.has("opt/rackplane/boot/verbs/own.sh")).toBe(true);
    expect(machine.has("etc/rackplane/roster.json")).toBe(false);
  });
});

describe.concurrent("status", () => {
  it("says what a member is", async () => {
    const machine = new TestMachine(0);
    await machine.run("form");
    machine.write("var/lib/rackplane/machine.json", JSON.stringify({ address: machine.self.address }));
    expect(JSON.parse((await machine.program("status")).stdout)).toEqual({
      name: "prod-cp-0",
      prepared: true,
      member: true,
      announcing: true,
      etcd: { members: 1, healthy: 1, learners: 0 },
      certificates: { days: 3649, first: "ca.crt" },
      conditions: ["prepared", "etcd-alarms", "etcd", "api-server", "announced", "endpoint", "certificates"].map(
        name => ({ name, ok: true, asks: expect.any(String) as string }),
      ),
    });
  });

  it("answers on an empty machine as well", async () => {
    const machine = new TestMachine(0);
    machine.erase("run/rackplane/prepared");
    expect(JSON.parse((await machine.program("status")).stdout)).toEqual({
      name: "prod-cp-0",
      prepared: false,
      member: false,
      announcing: false,
      etcd: { members: 0, healthy: 0, learners: 0 },
      certificates: null,
      conditions: [],
    });
  });

  it("names what does not hold, what is asked for, what was found and what to do", async () => {
    const machine = new TestMachine(0);
    await machine.run("form");
    machine.write("var/lib/rackplane/machine.json", JSON.stringify({ address: machine.self.address }));
    machine.down(0);
    const { conditions } = JSON.parse((await machine.program("status")).stdout) as {
      conditions: { name: string; ok: boolean; found?: string }[];
    };
    expect(conditions.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual(["etcd", "api-server"]);
    expect(conditions.find(({ name }) => name === "api-server")).toEqual({
      name: "api-server",
      ok: false,
      asks: "the API server at https://10.70.0.1:6443 to be ready",
      found: expect.any(String) as string,
      todo: "see 'crictl ps -a' and 'journalctl -u kubelet' on it",
    });
  });
});
