import { beforeAll, describe, expect, it } from "vitest";
import type { BackupTerms, Store } from "../../../../cloud-init/contract/grant";
import { S3, SFTP, TERMS } from "./backup-terms";
import { age, modeOf } from "./files";
import { ROSTER, TestMachine } from "./machine";
import { grantWith, member as settled } from "./settled";

let joined: TestMachine;
beforeAll(async () => {
  joined = (await settled()).installed();
  joined.write("etc/rackplane/roster.json", JSON.stringify(ROSTER));
  joined.write("etc/rackplane/node.json", JSON.stringify(grantWith(joined).node));
  joined.write("var/lib/rackplane/kubeadm.json", JSON.stringify(joined.grant("member").kubeadm));
  joined.erase("fake/calls");
}, 60_000);

/** Machine 1, a member beside 0 and 2, whose last grant said this of backups; etcd's leader is machine `leads`. */
function member({ terms = {}, leads = 1 }: { terms?: Partial<BackupTerms>; leads?: number } = {}): TestMachine {
  const machine = joined.copy();
  machine.write("var/lib/rackplane/backups.json", JSON.stringify({ ...TERMS, ...terms }));
  machine.write("fake/leader", machine.members.find(({ address }) => address === ROSTER[leads]?.address)?.id ?? "");
  return machine;
}
interface Listed {
  readonly store: string;
  readonly id: string;
  readonly bytes: number;
}
async function listed(machine: TestMachine): Promise<Listed[]> {
  const { code, stdout, stderr } = await machine.start(["bin/rackplane", "backups", "json"]).ended;
  expect(code, stderr).toBe(0);
  return stdout
    .split("\n")
    .filter(line => line !== "")
    .map(line => JSON.parse(line) as Listed);
}
const shared = (backups: readonly Listed[]) => backups.filter(({ store }) => store !== "this machine");
const due = (machine: TestMachine, ...words: string[]) =>
  machine.start(["bin/rackplane", "backup-due", ...words]).ended;
async function condition(machine: TestMachine): Promise<{ ok: boolean; found?: string; todo?: string } | undefined> {
  const { stdout } = await machine.program("examine");
  const { conditions } = JSON.parse(stdout) as {
    conditions: { name: string; ok: boolean; found?: string; todo?: string }[];
  };
  return conditions.find(({ name }) => name === "backups");
}

describe.concurrent("a backup", () => {
  it("goes to every store, with what a restore needs, encrypted by a password that no argument shows", async () => {
    const machine = member();
    const { code, stderr } = await due(machine);
    expect(code, stderr).toBe(0);
    expect((await listed(machine)).map(({ store }) => store)).toEqual([
      "this machine",
      "https://s3.example.com/backups/prod",
    ]);
    const folder = "fake/stores/s3_https___s3_example_com_backups_prod/snapshots/00000001/files";
    expect(machine.files(folder)).toEqual([
      "etcd.db",
      "facts.json",
      "kubeadm.json",
      "node.json",
      "pki",
      "roster.json",
      "sums",
    ]);
    expect(machine.read(`${folder}/pki/etcd/ca.key`)).toBe(machine.keys["etcd/ca.key"]);
    expect(JSON.parse(machine.read(`${folder}/facts.json`) ?? "")).toMatchObject({
      cluster: "prod",
      version: "1.34.3",
      machine: "prod-cp-1",
      members: [{ name: "prod-cp-0" }, { name: "prod-cp-2" }, { name: "prod-cp-1" }],
    });
    expect(machine.calls.filter(call => /0123456789abcdef|S3KEY/.test(call))).toEqual([]);
    // The keys of the cluster lie nowhere besides, and those of the store neither.
    for (const left of ["var/lib/rackplane/backup", "var/lib/rackplane/backup.read"])
      expect(machine.has(left)).toBe(false);
    expect(machine.files("run/rackplane").filter(name => /backup-due\./.test(name))).toEqual([]);
  });

  it("is not made again before it is due, except by hand; and so many are kept as the stack file says", async () => {
    const machine = member();
    for (let i = 0; i < 2; i++) expect((await due(machine)).code).toBe(0);
    expect(await listed(machine)).toHaveLength(2);
    for (let i = 0; i < 3; i++) expect((await due(machine, "now")).code).toBe(0);
    expect(await listed(machine)).toHaveLength(4);
  });

  it("to a shared store is left to the member that leads etcd; another one's own copy is its own business", async () => {
    const machine = member({ leads: 0 });
    expect((await due(machine)).code).toBe(0);
    expect((await listed(machine)).map(({ store }) => store)).toEqual(["this machine"]);
  });

  it("is made by another member once the leader has not made it for an hour more each", async () => {
    const machine = member({ leads: 0, terms: { hours: 1 } });
    // prod-cp-1 is the second by name: its turn comes two hours after it was due.
    age(machine, "var/lib/rackplane/backups.json", 3600);
    await due(machine);
    expect(shared(await listed(machine))).toHaveLength(0);
    age(machine, "var/lib/rackplane/backups.json", 7300);
    await due(machine);
    expect(shared(await listed(machine))).toHaveLength(1);
  });

  it("asked for twice at once on a machine is made once", async () => {
    const machine = member();
    const both = await Promise.all([due(machine), due(machine)]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(await listed(machine)).toHaveLength(2);
  });

  it("that is not what was stored is a failure, and a fault that the doctor names", async () => {
    const machine = member({ terms: { stores: [S3] } });
    machine.write("fake/faults/damage", "");
    const { code, stderr } = await due(machine);
    expect(code).toBe(1);
    expect(stderr).toMatch(/the backup to https:\/\/s3\.example\.com\/backups\/prod failed: .*etcd\.db/);
    expect(await condition(machine)).toMatchObject({
      ok: false,
      found: expect.stringContaining("the backup to https://s3.example.com/backups/prod failed") as string,
      todo: expect.stringContaining("rackplane backup-due now") as string,
    });
    // It does not count as the newest: the next look makes another one.
    expect(await listed(machine)).toEqual([]);
    machine.erase("fake/faults/damage");
    expect((await due(machine)).code).toBe(0);
    expect(await listed(machine)).toHaveLength(1);
    expect(await condition(machine)).toMatchObject({ ok: true });
  });

  it("reaches the other stores where one is away, or has another password", async () => {
    for (const stores of [
      [{ ...S3, secretKey: "another" }, { kind: "machine" }],
      [{ kind: "directory", path: "/mnt/none/prod" }, { kind: "machine" }],
    ] as Store[][]) {
      const machine = member({ terms: { stores } });
      const { code, stderr } = await due(machine);
      expect(code).toBe(1);
      expect(stderr).toMatch(/does not match|found no \/mnt\/none\/prod on this machine/);
      expect(machine.files("fake/stores")).toHaveLength(1);
    }
  });

  it("goes to a host by a key that lies in memory, and to no host with another key than the given one", async () => {
    const machine = member({ terms: { stores: [SFTP] } });
    expect((await due(machine)).code).toBe(0);
    const [call = ""] = machine.calls.filter(call => call.startsWith("restic"));
    expect(call).toContain("-o StrictHostKeyChecking=yes");
    expect(call).toMatch(/UserKnownHostsFile=\S*\/run\/rackplane\//);
    expect(machine.calls.join("\n")).not.toContain("PRIVATE KEY");
  });

  it("is refused of a member that no quorum answers: its data may be old", async () => {
    const machine = member();
    machine.down(0);
    machine.down(2);
    const { code, stderr } = await due(machine);
    expect(code).toBe(1);
    expect(stderr).toContain("waited 5 s for a quorum of etcd to answer");
    expect(machine.files("fake").includes("stores") ? shared(await listed(machine)) : []).toEqual([]);
  });

  it("that is too old, or that nobody has looked for, is a fault", async () => {
    const machine = member();
    expect(await condition(machine)).toMatchObject({ ok: true });
    age(machine, "var/lib/rackplane/backups.json", 4 * 3600);
    expect(await condition(machine)).toMatchObject({
      ok: false,
      found: expect.stringContaining("nothing has looked at the stores since") as string,
    });
    const now = Math.floor(Date.now() / 1000);
    const looked = { store: "s3", looked: now, newest: now - 28 * 3600, bytes: 1, count: 1, failed: "" };
    for (const i of [0, 1]) machine.write(`var/lib/rackplane/backups-looked/${i}.json`, JSON.stringify(looked));
    expect((await condition(machine))?.found).toContain("the newest in s3 is 28 h old; expected one every 12 h");
  });
});

it("a grant's backups are kept for root alone, with their timer, which goes when they do", async () => {
  const TIMER = "etc/systemd/system/rackplane-backup-due.timer";
  const machine = new TestMachine(1);
  const files = { "grant/verbs/member.sh": "", "boot/verbs/install.sh": "" };
  await machine.receive("member", { backups: TERMS }, files);
  expect(JSON.parse(machine.read("var/lib/rackplane/backups.json") ?? "")).toEqual(TERMS);
  expect(modeOf(machine, "var/lib/rackplane/backups.json")).toBe(0o600);
  expect(machine.read(TIMER)).toContain("OnUnitActiveSec=1h");
  await machine.receive("member", { backups: { ...TERMS, timer: false, stores: [] } }, files);
  expect(machine.has(TIMER)).toBe(false);
});
