import { beforeAll, describe, expect, it } from "vitest";
import { etcdPatches, type EtcdFacts } from "../../../../cloud-init/documents/etcd";
import { ROSTER, TestMachine } from "./machine";
import { args, edit, grantWith, member as settled } from "./settled";

const MIB = 1024 * 1024;
const address = (i: number): string => ROSTER[i]?.address ?? "";

/** Machine 1, a member beside 0 and 2, with the program installed. */
let joined: TestMachine;
beforeAll(async () => {
  joined = (await settled()).installed();
  joined.write("etc/rackplane/roster.json", JSON.stringify(ROSTER));
  joined.write("var/lib/rackplane/kubeadm.json", JSON.stringify(joined.grant("member").kubeadm));
  joined.write(
    "var/lib/rackplane/machine.json",
    JSON.stringify({ ...joined.self, interface: "eth0", peers: [{ address: "169.254.255.1" }] }),
  );
  for (const file of ["calls", "uploaded", "lease.json"]) joined.erase(`fake/${file}`);
}, 60_000);

/** That member, with each member's database as `size in use of quota`, in MiB. */
function member({ space = [100, 90, 2048], leads = 0 }: { space?: number[]; leads?: number } = {}): TestMachine {
  const machine = joined.copy();
  for (const i of [0, 1, 2]) fill(machine, i, space);
  machine.write("fake/leader", machine.members.find(each => each.address === address(leads))?.id ?? "");
  return machine;
}
const fill = (machine: TestMachine, i: number, space: number[]): void =>
  machine.write(`fake/space/${address(i)}`, `${space.map(mib => mib * MIB).join(" ")}\n`);

const up = (machine: TestMachine, etcd: Partial<EtcdFacts>) =>
  edit(machine, { etcd: { dataDirectory: "/var/lib/etcd", ...etcd } });
const QUOTA = { quotaBytes: 4096 * MIB };
const quotaOf = (machine: TestMachine) => args(machine, "etcd").find(argument => argument?.startsWith("--quota"));
const held = JSON.stringify({
  metadata: { name: "rackplane", resourceVersion: "7" },
  spec: { holderIdentity: "prod-cp-0 member 1", leaseDurationSeconds: 60, renewTime: "2026-01-01T00:00:00.000000Z" },
});

describe.concurrent("etcd's quota and compaction", () => {
  it("reach a member by a restart of its etcd, while another machine serves, and the machines that join later", async () => {
    const machine = member();
    const { run, moves } = await up(machine, { ...QUOTA, autoCompaction: { mode: "periodic", retention: "8h" } });
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).toContain(
      "member change: etcd restarts with --auto-compaction-mode=periodic --auto-compaction-retention=8h --quota-backend-bytes=4294967296\n",
    );
    expect(args(machine, "etcd")).toEqual(
      expect.arrayContaining(["--initial-cluster-state=existing", "--quota-backend-bytes=4294967296"]),
    );
    expect(moves).toEqual(["away", "back"]);
    expect(machine.read("fake/uploaded")).toContain('{"name":"quota-backend-bytes","value":"4294967296"}');
  });

  it("are refused where the database would have used up the quota already", async () => {
    const machine = member({ space: [60, 60, 2048] });
    const { run, moves } = await up(machine, { quotaBytes: 64 * MIB });
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/etcd\.quotaBytes: found 67108864, expected more than 69905066, .*nothing was changed/);
    expect(moves).toEqual([]);
  });
});

describe.concurrent("a member whose etcd has used up its quota", () => {
  const full = (options: Parameters<typeof member>[0] = {}) => {
    const machine = member({ space: [2048, 100, 2048], ...options });
    machine.write("fake/alarms", machine.members.map(({ id }) => `NOSPACE ${id}\n`).join(""));
    return machine;
  };
  const raised = (machine: TestMachine) => (machine.read("fake/alarms") ?? "") !== "";

  it("gets room where compaction has freed some: each member in turn, the leader last, then the alarm is taken back", async () => {
    const machine = full();
    const { code, stderr } = await machine.program("defragment-due");
    expect(code, stderr).toBe(0);
    expect(machine.read("fake/defragmented")).toBe(
      [address(2), `${address(1)} holds the VIP`, address(0)].map(line => `${line}\n`).join(""),
    );
    expect(raised(machine)).toBe(false);
  });

  it("keeps the alarm where there is no room, and says what to do", async () => {
    const machine = full({ space: [2048, 2000, 2048] });
    const { code, stderr } = await machine.program("defragment-due");
    expect(code).not.toBe(0);
    expect(stderr).toContain("prod-cp-0 has 2000 MiB of 2048 MiB");
    expect(stderr).toMatch(/expected a tenth of it free; delete what fills it .* or raise etcd\.quotaBytes/);
    expect(raised(machine)).toBe(true);
  });

  it("is left to the leader's machine by the timers of the others", async () => {
    const machine = full();
    expect((await machine.program("defragment-due")).code).toBe(0);
    const other = full();
    await other.start(["bin/rackplane", "defragment-due", "timer"]).ended;
    expect([raised(machine), raised(other)]).toEqual([false, true]);
  });

  it("gets its larger quota without the lock, which is a write; the alarm stays until the last member has it", async () => {
    const machine = full({ space: [2000, 2000, 2048] });
    const first = await up(machine, QUOTA);
    expect(first.run.code, first.run.stderr).toBe(0);
    expect(first.run.stderr).toContain("the quotas of the other members are raised next");
    expect(quotaOf(machine)).toBe("--quota-backend-bytes=4294967296");
    expect([raised(machine), machine.has("fake/uploaded"), machine.has("fake/lease.json")]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("takes the alarm back as the last one whose quota is raised, and tells the cluster", async () => {
    const machine = full({ space: [2000, 2000, 4096] });
    const last = await up(machine, QUOTA);
    expect(last.run.code, last.run.stderr).toBe(0);
    expect(raised(machine)).toBe(false);
    expect(machine.read("fake/uploaded")).toContain("quota-backend-bytes");
  });

  it("does not pass over a change that it cannot begin", async () => {
    const machine = full({ space: [2000, 2000, 2048] });
    const { run } = await edit(machine, { apiServer: { extraArgs: { "event-ttl": "2h" } } });
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("takes neither writes nor changes");
  });

  it("shows the alarm in its status and to the doctor, with what to do", async () => {
    const machine = full();
    const { stdout } = await machine.program("status");
    const { conditions } = JSON.parse(stdout) as { conditions: { name: string; found?: string; todo?: string }[] };
    const condition = conditions.find(({ name }) => name === "etcd-alarms");
    expect(condition?.found).toContain("the alarm NOSPACE of member");
    expect(condition?.todo).toMatch(/takes no writes: .*rackplane defragment-due' .* or raise etcd\.quotaBytes/);
  });
});

describe.concurrent("a member whose database has free pages", () => {
  const FREE = [200, 100, 2048];
  const look = (machine: TestMachine, ...words: string[]) =>
    machine.announcing(machine.start(["bin/rackplane", "defragment-due", ...words]).ended);

  it("is defragmented under the cluster's lock, while another machine serves", async () => {
    const machine = member({ space: FREE });
    const { run, moves } = await look(machine, "timer");
    expect(run.code, run.stderr).toBe(0);
    expect(machine.read("fake/defragmented")).toBe(`${address(1)}\n`);
    expect(moves).toEqual(["away", "back"]);
    expect(run.stderr).toContain("100 MiB are given back, etcd's database has 100 MiB");
    expect(machine.read("fake/lease.json")).toContain('"holderIdentity": ""');
  });

  it.each<[string, number[]]>([
    ["few of its pages are free", [200, 150, 2048]],
    ["it is small", [90, 9, 2048]],
  ])("is left alone where %s", async (_what, space) => {
    const machine = member({ space });
    const { run, moves } = await look(machine, "timer");
    expect(run.code, run.stderr).toBe(0);
    expect([machine.has("fake/defragmented"), moves, machine.has("fake/lease.json")]).toEqual([false, [], false]);
  });

  it("goes by the percent and the least size of its last grant", async () => {
    const machine = member({ space: [20, 15, 2048] });
    machine.write(
      "var/lib/rackplane/defragmentation.json",
      '{"timer": true, "freePercent": 20, "leastBytes": 1048576}',
    );
    await look(machine, "timer");
    expect(machine.read("fake/defragmented")).toBe(`${address(1)}\n`);
  });

  it("waits for the others where it leads, and is left for the next hour", async () => {
    const machine = member({ space: FREE, leads: 1 });
    const { run } = await look(machine, "timer");
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).toContain("this member leads etcd and goes last");
    expect(machine.has("fake/defragmented")).toBe(false);
  });

  it("hands the lead over first, once the others are done", async () => {
    const machine = member({ leads: 1 });
    fill(machine, 1, FREE);
    const { run } = await look(machine, "timer");
    expect(run.code, run.stderr).toBe(0);
    expect(machine.read("fake/leader")?.trim()).toBe(machine.members.find(each => each.address === address(0))?.id);
    expect(machine.read("fake/defragmented")).toBe(`${address(1)}\n`);
  });

  it("is not touched while another member is ill", async () => {
    const machine = member({ space: FREE });
    const { node } = machine.grant("member");
    machine.write("etc/rackplane/node.json", JSON.stringify({ ...node, deadlines: { ...node.deadlines, member: 2 } }));
    machine.down(2);
    const { run, moves } = await look(machine, "timer");
    expect(run.code).not.toBe(0);
    expect([machine.has("fake/defragmented"), moves]).toEqual([false, []]);
  });

  it("is not touched while another machine is being changed", async () => {
    const machine = member({ space: FREE });
    machine.write("fake/lease.json", held);
    const { run } = await look(machine, "timer");
    expect(run.stderr).toContain("held by 'prod-cp-0 member 1'");
    expect([run.code === 0, machine.has("fake/defragmented")]).toEqual([false, false]);
  });

  it("holds the VIP again where it could not be defragmented", async () => {
    const machine = member({ space: FREE });
    machine.write("fake/faults/defragment", "");
    const { run, moves } = await look(machine, "timer");
    expect(run.code).not.toBe(0);
    expect(run.stderr).toContain("its database is as it was");
    expect(moves).toEqual(["away", "back"]);
  });

  it("looks for it by a timer exactly while the configuration asks for one", async () => {
    const TIMER = "etc/systemd/system/rackplane-defragment-due.timer";
    const machine = new TestMachine(1);
    const files = { "grant/verbs/member.sh": "", "boot/verbs/install.sh": "" };
    const terms = (timer: boolean) => ({ defragmentation: { timer, freePercent: 45, leastBytes: 1 } });
    await machine.receive("member", terms(true), files);
    expect(machine.read(TIMER)).toContain("OnCalendar=hourly");
    await machine.receive("member", terms(false), files);
    expect(machine.has(TIMER)).toBe(false);
  });
});

describe.concurrent("a folder of its own for etcd's data", () => {
  const facts = { dataDirectory: "/data/etcd" };
  const joining = (machine: TestMachine) => {
    const grant = { ...grantWith(machine, { etcd: facts }), files: etcdPatches(facts) };
    machine.write("var/lib/rackplane/kubeadm.json", JSON.stringify(grant.kubeadm));
    return machine.run("member", grant);
  };

  it("is no place where its disk is not mounted", async () => {
    const machine = new TestMachine(1).cluster(0, 2);
    const { code, stderr } = await joining(machine);
    expect(code).toBe(1);
    expect(stderr).toMatch(/etcd\.dataDirectory: found no \/data on this machine, .*mount the disk/);
    expect(machine.calls.filter(call => call.startsWith("kubeadm join"))).toEqual([]);
  });

  it("is not emptied of another cluster's data", async () => {
    const machine = new TestMachine(1).cluster(0, 2);
    machine.write("data/etcd/member/snap/db", "data");
    const { code, stderr } = await joining(machine);
    expect(code).toBe(1);
    expect(stderr).toContain("the data of a cluster that this machine is no member of");
    expect(machine.read("data/etcd/member/snap/db")).toBe("data");
  });

  it("cannot be changed on a machine that is a member", async () => {
    const machine = member();
    machine.write("etc/rackplane/node.json", JSON.stringify(machine.grant("member").node));
    const { code, stderr } = await machine.receive("member", grantWith(machine, { etcd: facts }));
    expect(code).toBe(1);
    expect(stderr).toContain("etcd.dataDirectory: found /data/etcd, expected /var/lib/etcd");
    expect(stderr).toContain("nothing was changed");
  });
});
