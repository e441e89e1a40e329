import { spawn, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { TestMachine, VIP, type Run } from "./machine";

const UNITS = [
  "rackplane-announcer.service",
  "rackplane-prepare.service",
  "rackplane-cni.path",
  "rackplane-certificates.timer",
];
const unit = (name: string) => `etc/systemd/system/${name}`;
const OWN_RULE = "-A INPUT -p tcp --dport 22 -j ACCEPT";
const RULES = `*filter\n:INPUT ACCEPT [0:0]\n:KUBE-FORWARD - [0:0]\n${OWN_RULE}\n-A INPUT -j KUBE-FORWARD\n-A KUBE-FORWARD -j ACCEPT\nCOMMIT\n`;

/** Machine 1 of three as a member, with what preparation and grants leave behind. */
let member: TestMachine;
beforeAll(async () => {
  member = new TestMachine(1).cluster(0, 2).installed();
  const { code, stderr } = await member.run("member");
  expect(code, stderr).toBe(0);
  for (const name of UNITS) member.write(unit(name), "");
  for (const file of [
    "var/lib/rackplane/secrets.json",
    "etc/rackplane/identity.json",
    "etc/rackplane/apiserver/encryption.json",
    "etc/sysctl.d/99-rackplane.conf",
    "etc/modules-load.d/rackplane.conf",
    "etc/apt/sources.list.d/rackplane-kubernetes.list",
    "etc/cni/net.d/10-rackplane.conflist",
    "var/lib/kubelet/config.yaml",
    "root/.rackplane-abc.tar",
    "etc/systemd/system/kubelet.service.d/50-rackplane.conf",
    "fake/links/cni0",
    "fake/links/flannel.1",
  ])
    member.write(file, "KEY");
  member.write("etc/containerd/config.toml", "# rackplane: written at every boot from node.json\n");
  member.write("etc/containerd/config.toml.before-rackplane", "theirs");
  member.write("etc/ssh/sshd_config", "theirs");
  member.write("fake/iptables-save", RULES);
}, 60_000);

const wipe = (machine: TestMachine, cluster = "prod", ...names: string[]): Promise<Run> =>
  machine.start(["bin/rackplane", "wipe", cluster, ...names], path.join(machine.root, "opt/rackplane")).ended;

const LEFT = ["etc/containerd/config.toml", "etc/ssh/sshd_config"];

/** Every file that is left, but for the pretended cluster, and a lock in a folder that a reboot empties. */
const left = (machine: TestMachine): string[] =>
  fs
    .readdirSync(machine.root, { recursive: true, encoding: "utf8" })
    .filter(
      file =>
        !file.startsWith("fake/") &&
        !file.startsWith("proc/") &&
        file !== "run/rackplane-wipe.lock" &&
        fs.statSync(path.join(machine.root, file)).isFile(),
    )
    .sort();

describe.concurrent("wipe", () => {
  it("leaves no key and nothing of Rackplane's or Kubernetes' on a member, and all else as it was", async () => {
    const machine = member.copy();
    const { code, stderr } = await wipe(machine);
    expect(code, stderr).toBe(0);
    expect(left(machine)).toEqual(LEFT);
    expect(machine.read("etc/containerd/config.toml")).toBe("theirs");
    expect(machine.has("fake/vip")).toBe(false);
    expect(machine.files("fake/links")).toEqual([]);
    expect(machine.calls).toContain("nft delete table inet rackplane_vrrp");
    expect(machine.read("fake/iptables-save")).toBe(`*filter\n:INPUT ACCEPT [0:0]\n${OWN_RULE}\nCOMMIT\n`);
    expect(stderr).toContain("prod-cp-1 is as it was found; packages and images stay");
  });

  it("gives the VIP away before the API server ends, and starts no timer's verb meanwhile", async () => {
    const machine = member.copy();
    await wipe(machine);
    const order = [
      "ended rackplane-certificates.timer",
      "ended rackplane-announcer.service",
      "kubelet ended",
      "kubeadm reset: begin",
    ];
    expect(machine.places.filter(place => order.includes(place))).toEqual(order);
  });

  it("asks nothing of the cluster, which may be gone", async () => {
    const machine = member.copy();
    for (const i of [0, 1, 2]) machine.down(i);
    const { code, stderr } = await wipe(machine);
    expect(code, stderr).toBe(0);
    expect(machine.members).toHaveLength(3);
    expect(machine.calls.find(call => call.startsWith("kubeadm reset"))).toMatch(
      /--skip-phases remove-etcd-member --kubeconfig/,
    );
  });

  it.each([
    "ended rackplane-announcer.service",
    "kubelet ended",
    "kubeadm reset: begin",
    "kubeadm reset: half",
    "kubeadm reset: end",
  ])("is completed by the next run where it was cut at '%s'", async place => {
    const machine = member.copy();
    machine.write("fake/cut", place);
    expect((await wipe(machine)).code).toBeNull();
    const { code, stderr } = await wipe(machine);
    expect(code, stderr).toBe(0);
    expect(left(machine)).toEqual(LEFT);
  });

  /** The same, in a world of its own in which the folder `keeps` is mounted at these places. */
  const wipeWith = (machine: TestMachine, mounts: readonly string[]): Promise<Run> => {
    for (const folder of ["keeps", ...mounts]) fs.mkdirSync(path.join(machine.root, folder), { recursive: true });
    const lines = mounts.map(at => `mount --bind "$RACKPLANE_ROOT/keeps" "$RACKPLANE_ROOT/${at}"`);
    machine.write(
      "fake/mounts.sh",
      `${lines.join("\n")}\nexec bash "$RACKPLANE_ROOT/opt/rackplane/bin/rackplane" wipe prod\n`,
    );
    machine.write(
      "fake/wipe.sh",
      'exec unshare --user --map-root-user --mount bash -e "$RACKPLANE_ROOT/fake/mounts.sh"\n',
    );
    return machine.start(["../../fake/wipe.sh"], path.join(machine.root, "opt/rackplane")).ended;
  };
  const mountable = spawnSync("unshare", ["--user", "--map-root-user", "--mount", "true"]).status === 0;

  it.runIf(mountable)("does not empty what a pod's volume leads to: it is named, and nothing is removed", async () => {
    const machine = member.copy();
    machine.write("keeps/precious", "1");
    const places = ["var/lib/kubelet/pods/1/volumes/a b", "etc/kubernetes/more"];
    const { code, stderr } = await wipeWith(machine, places);
    expect(code).toBe(1);
    for (const place of places) expect(stderr).toContain(path.join(machine.root, place));
    expect(stderr).toMatch(
      /found mounted still after kubeadm reset: .*; unmount it and run it again; nothing below was removed/,
    );
    expect(machine.has("keeps/precious")).toBe(true);
    expect(machine.has("var/lib/kubelet/config.yaml")).toBe(true);
    expect((await wipe(machine)).code).toBe(0);
    expect(machine.has("keeps/precious")).toBe(true);
  });

  it.runIf(mountable)("empties a folder on which a disk is mounted, and leaves the disk there", async () => {
    const machine = member.copy();
    machine.write("keeps/member/id", "1");
    machine.write("keeps/config.yaml", "1");
    const { code, stderr } = await wipeWith(machine, ["var/lib/etcd", "var/lib/kubelet"]);
    expect(code, stderr).toBe(0);
    expect(left(machine).filter(file => file.startsWith("keeps/"))).toEqual([]);
    expect(machine.has("var/lib/kubelet")).toBe(true);
    expect(machine.has("etc/rackplane")).toBe(false);
  });

  it("waits for another one, and finds its work done", async () => {
    const machine = member.copy();
    const runs = await Promise.all([wipe(machine), wipe(machine)]);
    for (const { code, stderr } of runs) expect(code, stderr).toBe(0);
    expect(
      runs.map(({ stderr }) => /is as it was found|was wiped meanwhile, by another run/.exec(stderr)?.[0]).sort(),
    ).toEqual(["is as it was found", "was wiped meanwhile, by another run"]);
    expect(machine.calls.filter(call => call.startsWith("kubeadm reset"))).toHaveLength(1);
    expect(left(machine)).toEqual(LEFT);
  });

  it("says what holds it up where another one does not end", async () => {
    const machine = member.copy();
    const file = path.join(machine.root, "run/rackplane-wipe.lock");
    const other = spawn("flock", [file, "sleep", "60"], { detached: true, stdio: "ignore" });
    await machine.until(() => machine.has("run/rackplane-wipe.lock"));
    machine.write(
      "fake/impatient.sh",
      'RACKPLANE_WIPE_SECONDS=1 exec bash "$RACKPLANE_ROOT/opt/rackplane/bin/rackplane" wipe prod\n',
    );
    const run = await machine.start(["../../fake/impatient.sh"], path.join(machine.root, "opt/rackplane")).ended;
    process.kill(-(other.pid ?? 0));
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(
      /another wipe of prod-cp-1 holds .*rackplane-wipe.lock for 1 s; .* nothing was changed by this one/,
    );
    expect(machine.places).not.toContain("kubelet ended");
  });

  it("does not touch a machine of another cluster", async () => {
    const machine = member.copy();
    const before = left(machine);
    const { code, stderr } = await wipe(machine, "test");
    expect(code).toBe(1);
    expect(stderr).toContain('prod-cp-1 is a machine of the cluster "prod"; expected "test"; nothing was changed');
    expect(left(machine)).toEqual(before);
  });

  it("does not touch a machine that has another name in the configuration by now, and does one that still has it", async () => {
    const machine = member.copy();
    machine.write("etc/rackplane/identity.json", JSON.stringify({ name: "prod-cp-1", address: "10.0.0.2" }));
    const before = left(machine);
    const { code, stderr } = await wipe(machine, "prod", "prod-old");
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("this machine is prod-cp-1 by now, and no longer prod-old; it is left alone");
    expect(left(machine)).toEqual(before);
    expect((await wipe(machine, "prod", "prod-cp-1")).stderr).toContain("is as it was found");
    expect(machine.has("etc/rackplane")).toBe(false);
  });

  it("leaves a machine alone while another resource of the program claims it, whichever goes first; the last one wipes it", async () => {
    const [old, renamed] = ["0123456789ab", "ba9876543210"];
    for (const [first, last] of [
      [old, renamed],
      [renamed, old],
    ] as const) {
      const machine = member.copy();
      // Of a creation that was cut and done again.
      machine.write("etc/rackplane/claims", `${old}\n${renamed}\n${renamed}\n`);
      const before = left(machine);
      for (let i = 0; i < 2; i++) {
        const { code, stderr } = await wipe(machine, "prod", "prod-cp-1", first);
        expect(code, stderr).toBe(0);
        expect(stderr).toContain(
          "prod-cp-1 is left alone, with the cluster's keys on it: another resource of the program claims it",
        );
        expect(left(machine)).toEqual(before);
      }
      expect((await wipe(machine, "prod", "prod-cp-1", last)).stderr).toContain("is as it was found");
      expect(machine.has("etc/rackplane")).toBe(false);
    }
  }, 240_000);

  it("wipes a machine that no resource claims", async () => {
    expect((await wipe(member.copy(), "prod", "prod-cp-1", "0123456789ab")).stderr).toContain("is as it was found");
  });

  it("leaves a cluster alone that was here before, though this machine was prepared", async () => {
    const machine = member.copy();
    machine.write("etc/kubernetes/admin.conf", "    server: https://192.0.2.7:6443\n");
    machine.write("etc/kubernetes/kubelet.conf", "    server: https://192.0.2.7:6443\n");
    const { code, stderr } = await wipe(machine);
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/is of a cluster that was not made from here; it is left alone/);
    expect(machine.has("var/lib/etcd/member/id")).toBe(true);
    expect(machine.has("etc/kubernetes/manifests/etcd.yaml")).toBe(true);
    expect(machine.has("var/lib/rackplane")).toBe(false);
  });

  it("does not call a machine wiped on which Kubernetes could not be ended", async () => {
    const machine = member.copy();
    machine.write("fake/etcd-pid", "77\n");
    const { code, stderr } = await wipe(machine);
    expect(code).toBe(1);
    expect(stderr).toMatch(/found etcd, the API server or kubelet running still \(process 77\)/);
    expect(machine.has("etc/rackplane/node.json")).toBe(true);
    machine.erase("fake/etcd-pid");
    expect((await wipe(machine)).code).toBe(0);
  });

  it(`takes ${VIP} off a machine without an announcer, too`, async () => {
    const machine = member.copy();
    machine.write("fake/vip", "");
    machine.erase(unit("rackplane-announcer.service"));
    expect((await wipe(machine)).code).toBe(0);
    expect(machine.has("fake/vip")).toBe(false);
  });
});
