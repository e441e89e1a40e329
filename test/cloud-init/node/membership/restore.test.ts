import { describe, expect, it } from "vitest";
import type { Grant, GrantRestore } from "../../../../cloud-init/contract/grant";
import { S3, TERMS } from "./backup-terms";
import { modeOf, take, snapshotAt } from "./files";
import { ROSTER, TestMachine } from "./machine";
import { grantWith, member as settled } from "./settled";

const RESTORE: GrantRestore = { generation: 1, from: S3, snapshot: "latest", password: TERMS.password };

/** Where machine 1 of a cluster has backed it up to. */
let stored: Promise<TestMachine> | undefined;
async function backedUp(): Promise<TestMachine> {
  const machine = (await settled()).installed();
  machine.write("etc/rackplane/roster.json", JSON.stringify(ROSTER));
  machine.write("etc/rackplane/node.json", JSON.stringify(grantWith(machine).node));
  machine.write("var/lib/rackplane/kubeadm.json", JSON.stringify(machine.grant("member").kubeadm));
  machine.write("var/lib/rackplane/backups.json", JSON.stringify({ ...TERMS, stores: [S3] }));
  machine.write("fake/leader", machine.members.find(({ name }) => name === machine.self.name)?.id ?? "");
  const { code, stderr } = await machine.program("backup-due");
  expect(code, stderr).toBe(0);
  return machine;
}

/** An empty machine 0 that reaches the store, and that no other machine of the cluster is left beside. */
async function empty(): Promise<TestMachine> {
  const from = await (stored ??= backedUp());
  const machine = new TestMachine();
  take(machine, from, "fake/stores");
  for (const { name } of ROSTER) machine.write(`fake/nodes/${name}`, "");
  return machine;
}
const run = (machine: TestMachine, restore: Partial<GrantRestore> = {}, changes: Partial<Grant> = {}) =>
  machine.run("restore", { pki: machine.keys, restore: { ...RESTORE, ...restore }, ...changes });
const restorable = async (machine: TestMachine, generation = 1) => {
  const request = {
    generation,
    apiPort: 6443,
    etcdDirectory: "/var/lib/etcd",
    others: ROSTER.slice(1).map(({ address }) => address),
  };
  const { program, ended } = machine.start(["bin/rackplane", "restorable"]);
  program.stdin.end(JSON.stringify(request));
  return ended;
};
const untouched = (machine: TestMachine) =>
  expect([
    machine.has("etc/kubernetes/pki/ca.key"),
    machine.has("var/lib/etcd/member"),
    machine.has("var/lib/rackplane/formed.json"),
  ]).toEqual([false, false, false]);

describe.concurrent("a restore", () => {
  it("makes the cluster again with its keys and the backup's data, and leaves no member and no Node of before", async () => {
    const machine = await empty();
    const { code, stderr } = await run(machine);
    expect(code, stderr).toBe(0);
    for (const file of ["ca.key", "sa.key", "etcd/ca.key"] as const)
      expect(machine.read(`etc/kubernetes/pki/${file}`)).toBe(machine.keys[file]);
    expect(modeOf(machine, "etc/kubernetes/pki/ca.key")).toBe(0o600);
    expect(machine.members.map(({ name }) => name)).toEqual(["prod-cp-0"]);
    expect(machine.read("var/lib/etcd/member/id")?.trim()).toBe("13000000000000001");
    expect(machine.files("fake/nodes")).toEqual(["prod-cp-0"]);
    expect(machine.tokens).toEqual([]);
    // Nothing of the backup stays besides.
    for (const left of ["restoring", "etcdutl", "etcd-image"])
      expect(machine.has(`var/lib/rackplane/${left}`)).toBe(false);
    expect(machine.calls.filter(call => /0123456789abcdef|S3KEY/.test(call))).toEqual([]);
  });

  it("is done once for each number: run again it changes nothing", async () => {
    const machine = await empty();
    await run(machine);
    const before = machine.calls.length;
    const { code, stderr } = await run(machine);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("was restored by this very wish");
    expect(machine.calls.slice(before).filter(call => /^(kubeadm|restic|etcdutl)/.test(call))).toEqual([]);
  });

  it.each([
    "etcdutl: restored",
    "kubeadm init: preflight",
    "kubeadm init: etcd",
    "kubeadm init: token",
    "tokens deleted",
  ])("cut at '%s' starts over and ends well", async place => {
    const machine = await empty();
    machine.write("fake/cut", place);
    expect((await run(machine)).code).toBeNull();
    await machine.reboot();
    const { code, stderr } = await run(machine);
    expect(code, stderr).toBe(0);
    expect(machine.members.map(({ name }) => name)).toEqual(["prod-cp-0"]);
    expect(JSON.parse(machine.read("var/lib/rackplane/formed.json") ?? "")).toMatchObject({
      state: "formed",
      restored: 1,
    });
    expect(machine.has("var/lib/rackplane/restoring")).toBe(false);
  });

  it.each([
    ["an API server", "api/10.70.0.5", "10.70.0.5:6443"],
    ["an etcd without a quorum", "etcd/10.70.0.3", "10.70.0.3:2379"],
  ])("is refused while %s lives on another machine", async (_, file, place) => {
    const machine = await empty();
    machine.write(`fake/${file}`, "");
    const { code, stderr } = await run(machine);
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`${place} accepts connections|already answers at ${place}`));
    untouched(machine);
  });

  it("is refused on a machine that has the data of a cluster", async () => {
    const machine = await empty();
    machine.write("var/lib/etcd/member/id", "1");
    const { code, stderr } = await run(machine);
    expect(code).toBe(1);
    expect(stderr).toMatch(/restorable: .*this machine has the data of a cluster; expected an empty one/);
    expect(machine.read("var/lib/etcd/member/id")).toBe("1");
  });

  it("is refused where the backup is of other keys than Pulumi's state has", async () => {
    const machine = await empty();
    const { code, stderr } = await run(machine, {}, { pki: { ...machine.keys, "ca.key": "another one\n" } });
    expect(code).toBe(1);
    expect(stderr).toMatch(/the backup has another ca\.key than Pulumi's state: .*nothing was changed/);
    untouched(machine);
  });

  it("is refused of a backup of another minor of Kubernetes", async () => {
    const machine = await empty();
    const node = machine.grant("restore").node;
    const { code, stderr } = await run(
      machine,
      {},
      { node: { ...node, cluster: { ...node.cluster, kubernetesVersion: "1.35.0" } } },
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/kubernetesVersion: found 1\.35\.0, expected 1\.34\.3, which the backup is of/);
    untouched(machine);
  });

  it("brings the encryption of Secrets along, and is refused where the stack file has none", async () => {
    const machine = await empty();
    const folder = "fake/stores/s3_https___s3_example_com_backups_prod/snapshots/00000001/files";
    machine.write(`${folder}/encryption.json`, "{}");
    const { code, stderr } = await run(machine);
    expect(code).toBe(1);
    expect(stderr).toContain("apiServer.encryption: found none, expected the backup's: its Secrets are encrypted");
    untouched(machine);
  });

  it("is refused of a backup that is damaged, of another password, and of a cluster that has none", async () => {
    const folder = "fake/stores/s3_https___s3_example_com_backups_prod/snapshots/00000001/files";
    const damaged = await empty();
    damaged.write(`${folder}/pki/ca.key`, "damaged");
    for (const [machine, restore, words] of [
      [damaged, {}, /pki\/ca\.key: FAILED/],
      [await empty(), { password: "fedcba9876543210" }, /wrong password/],
      [await empty(), { snapshot: "ffffffff" }, /no snapshot found/],
    ] as const) {
      const { code, stderr } = await run(machine, restore);
      expect(code).toBe(1);
      expect(stderr).toMatch(words);
      untouched(machine);
    }
  });

  it("takes a snapshot's file with the keys of Pulumi's state, and refuses one that is not whole", async () => {
    const machine = await empty();
    const from = { kind: "file", path: "/root/snapshots/etcd.db" } as const;
    machine.write("root/snapshots/etcd.db", "not a snapshot");
    const bad = await run(machine, { from });
    expect(bad.stderr).toMatch(
      /restore\.from\.path: \/root\/snapshots\/etcd\.db on this machine is no snapshot of etcd that is whole/,
    );
    untouched(machine);
    snapshotAt(machine, "root/snapshots/etcd.db");
    const { code, stderr } = await run(machine, { from });
    expect(code, stderr).toBe(0);
    expect(machine.read("etc/kubernetes/pki/ca.key")).toBe(machine.keys["ca.key"]);
  });
});

describe.concurrent("a formation from a backup, where Pulumi's state is lost", () => {
  it("has the backup's keys, and answers with them", async () => {
    const machine = await empty();
    for (const file of Object.keys(machine.keys)) machine.write(`fake/keys/${file}`, "new\n");
    const { code, stderr } = await machine.run("form", { restore: RESTORE });
    expect(code, stderr).toBe(0);
    expect((JSON.parse(machine.read("run/rackplane/result.json") ?? "") as { pki: object }).pki).toEqual(machine.keys);
    // The restore that follows it finds nothing to do.
    const again = await run(machine);
    expect(again.stderr).toContain("was restored by this very wish");
  });

  it("is refused without the password, and of a snapshot alone, which has no keys", async () => {
    const machine = await empty();
    const without = await machine.run("form", { restore: { ...RESTORE, password: "" } });
    expect(without.stderr).toMatch(/restore\.password: found none/);
    snapshotAt(machine, "root/etcd.db");
    const alone = await machine.run("form", {
      restore: { generation: 1, snapshot: "latest", from: { kind: "file", path: "/root/etcd.db" } },
    });
    expect(alone.stderr).toContain("a snapshot alone has no keys");
    untouched(machine);
  });
});

describe.concurrent("whether a cluster may be restored", () => {
  it("is no question of an empty machine that reaches no other one", async () => {
    const machine = await empty();
    const { code, stderr } = await restorable(machine);
    expect(code, stderr).toBe(0);
  });

  it.each(["api/10.70.0.3", "etcd/10.70.0.5"])("is denied by a machine that reaches %s", async file => {
    const machine = await empty();
    machine.write(`fake/${file}`, "");
    const { code, stderr } = await restorable(machine);
    expect(code).toBe(1);
    expect(stderr).toMatch(/accepts connections, seen from prod-cp-0: a part of the cluster lives there/);
  });

  it("is denied by a machine that has the data of a cluster, unless that restore put it there", async () => {
    const machine = await empty();
    machine.write("var/lib/etcd/member/id", "1");
    const denied = await restorable(machine);
    expect(denied.stderr).toContain(
      "/var/lib/etcd/member is here on prod-cp-0: this machine has the data of a cluster",
    );
    machine.write("var/lib/rackplane/formed.json", '{"cluster": "prod", "state": "forming", "restored": 1}');
    expect((await restorable(machine)).code).toBe(0);
    expect((await restorable(machine, 2)).code).toBe(1);
  });
});
