import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CertificateTerms, Grant } from "../../../../cloud-init/contract/grant";
import { Authority } from "../certificates";
import { ROSTER, TestMachine } from "./machine";

const DAY = 86_400;
const PKI = "etc/kubernetes/pki";
const KUBELET = "var/lib/kubelet/pki/kubelet-client-current.pem";
const RENEWING = "var/lib/rackplane/renewing";
const now = (): number => Math.floor(Date.now() / 1000);

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-renewal-"));
const authority = new Authority(folder);
/** Certificates by the seconds that are left to them: openssl takes its time. */
const issued = new Map<number, ReturnType<Authority["issue"]>>();
function issuedFor(seconds: number): ReturnType<Authority["issue"]> {
  const made = issued.get(seconds) ?? authority.issue("certificate", ROSTER[1]?.address ?? "", seconds);
  issued.set(seconds, made);
  return made;
}
const issue = (seconds: number): string => issuedFor(seconds).cert;

/** Machine 1, which has just become a member beside 0 and 2. */
let joined: TestMachine;
beforeAll(async () => {
  joined = new TestMachine(1).cluster(0, 2);
  const { code, stderr } = await joined.run("member");
  expect(code, stderr).toBe(0);
  joined.write("etc/rackplane/roster.json", JSON.stringify(ROSTER));
  joined.write("var/lib/rackplane/kubeadm.json", JSON.stringify(joined.grant("member").kubeadm));
  const renewed = issuedFor(365 * DAY);
  joined.write("fake/renewed.crt", renewed.cert);
  joined.write("fake/renewed.key", renewed.key);
  for (const name of ["kube-controller-manager", "kube-scheduler"]) joined.write(`fake/runs/${name}`, "");
  joined.write("fake/calls", "");
}, 60_000);
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** That member, whose certificates end so many seconds from now. */
function member({ endsIn = 300 * DAY, kubelet = 300 * DAY } = {}): TestMachine {
  const machine = joined.copy();
  const certificate = issue(endsIn);
  for (const file of ["apiserver", "apiserver-kubelet-client", "etcd/server", "etcd/peer", "etcd/healthcheck-client"])
    machine.write(`${PKI}/${file}.crt`, certificate);
  machine.write(`${PKI}/apiserver.key`, issuedFor(endsIn).key);
  for (const name of ["controller-manager", "scheduler"])
    machine.write(
      `etc/kubernetes/${name}.conf`,
      `    client-certificate-data: ${Buffer.from(certificate).toString("base64")}\n`,
    );
  machine.write(KUBELET, issue(kubelet));
  return machine;
}

const terms = (changes: Partial<CertificateTerms> = {}): { certificates: CertificateTerms } => ({
  certificates: { renewDays: 90, timer: false, ...changes },
});
/** As `receive` leaves it before the verb. */
function run(machine: TestMachine, changes: Partial<CertificateTerms> = {}, grant: Partial<Grant> = {}) {
  machine.write("var/lib/rackplane/certificates.json", JSON.stringify(terms(changes).certificates));
  return machine.run("member", { ...terms(changes), ...grant });
}
const renewals = (machine: TestMachine): number =>
  machine.calls.filter(call => call.startsWith("kubeadm certs renew all")).length;
/** Whether the controller manager and the scheduler were looked for, ended and awaited. */
const restarts = (machine: TestMachine): boolean[] =>
  ["kube-controller-manager", "kube-scheduler"].map(name => (machine.read(`fake/runs/${name}`) ?? "") !== "");

describe.concurrent("a member's certificates", () => {
  it("are renewed when fewer days are left than the setting says, under the cluster's lock, and nothing that serves stops", async () => {
    const machine = member({ endsIn: 80.5 * DAY });
    const { code, stderr } = await run(machine);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(
      "member change: renew certificates, apiserver-kubelet-client.crt ends in 80 days; the controller manager and the scheduler restart",
    );
    expect(stderr).toMatch(/certificates: done: renewed: 36[45] days are left to /);
    expect([renewals(machine), restarts(machine)]).toEqual([1, [true, true]]);
    expect(machine.read(`${PKI}/etcd/peer.crt`)).toBe(machine.read("fake/renewed.crt"));
    expect(machine.calls).toEqual(expect.arrayContaining([expect.stringMatching(/^kubectl .* create -f -$/)]));
    expect(machine.calls).not.toContain("systemctl restart kubelet");
    expect([machine.has(RENEWING), machine.has("run/rackplane/held-back")]).toEqual([false, false]);
  });

  it.each<[string, number, Partial<CertificateTerms>, number]>([
    ["as long as enough days are left", 95, {}, 0],
    ["at more days where more are asked for", 95, { renewDays: 120 }, 1],
    ["where they would come due before the next `up` that asks", 200, { endBefore: now() + 250 * DAY }, 1],
    ["as long as the next `up` that asks comes in time", 260, { endBefore: now() + 250 * DAY }, 0],
  ])("are left or renewed by the real days: %s", async (_what, days, changes, expected) => {
    const machine = member({ endsIn: days * DAY });
    const { code, stderr } = await run(machine, changes);
    expect(code, stderr).toBe(0);
    expect(renewals(machine)).toBe(expected);
  });

  it("are not renewed twice", async () => {
    const machine = member({ endsIn: 10 * DAY });
    await run(machine);
    expect((await run(machine)).code).toBe(0);
    expect(renewals(machine)).toBe(1);
  });

  it.each(["begin", "files", "end"])("are all renewed by the next run when one is cut off at its '%s'", async place => {
    const machine = member({ endsIn: 10 * DAY });
    machine.write("fake/cut", `kubeadm certs renew: ${place}`);
    expect((await run(machine)).code).not.toBe(0);
    expect(machine.has(RENEWING)).toBe(true);
    await machine.reboot();
    const { code, stderr } = await run(machine);
    expect(code, stderr).toBe(0);
    expect([renewals(machine), machine.has(RENEWING)]).toEqual([2, false]);
  });

  it("wait for another member that is ill, and are as they were", async () => {
    const machine = member({ endsIn: 10 * DAY });
    machine.down(2);
    const { code, stderr } = await run(machine);
    expect(code).toBe(1);
    expect(stderr).toContain("nothing was changed here yet");
    expect(renewals(machine)).toBe(0);
  });

  it("fail the member where kubeadm cannot make them, with what is to be done", async () => {
    const machine = member({ endsIn: 10 * DAY });
    machine.write("fake/faults/renew", "");
    const { code, stderr } = await run(machine);
    expect(code).toBe(1);
    expect(stderr).toMatch(/kubeadm certs renew failed, .* nothing stopped; correct that and run 'pulumi up' again/);
  });

  it("give the VIP away for it where kube-vip elects, which has read its own at its start", async () => {
    const machine = member({ endsIn: 10 * DAY });
    const { node } = machine.grant("member");
    const announcer = { kind: "kube-vip-arp", image: "kube-vip", leaseSeconds: 5, renewSeconds: 3, retrySeconds: 1 };
    const changes = { node: { ...node, announcer: { ...announcer, probeSeconds: 1 } } } as Partial<Grant>;
    const { run: ended, moves } = await machine.announcing(run(machine, {}, changes));
    expect(moves, ended.stderr).toEqual(["away", "back"]);
    expect(renewals(machine)).toBe(1);
  });
});

describe.concurrent("certificates that have ended", () => {
  it("are made anew before anything is asked of the cluster, and kubelet starts what could not start", async () => {
    const machine = member({ endsIn: -2 * DAY });
    const { code, stderr } = await run(machine);
    expect(code, stderr).toBe(0);
    const { calls } = machine;
    const first = (word: string) => calls.findIndex(call => call.includes(word));
    expect(first("certs renew all")).toBeGreaterThan(-1);
    expect(first("certs renew all")).toBeLessThan(first("member/list"));
    expect(calls).toContain("systemctl restart kubelet");
    expect(renewals(machine)).toBe(1);
  });

  it("are kubelet's own, too, which it could not renew itself any more", async () => {
    const machine = member({ kubelet: -DAY });
    const { code, stderr } = await run(machine);
    expect(code, stderr).toBe(0);
    expect(machine.calls).toEqual(
      expect.arrayContaining([
        expect.stringContaining(`--org system:nodes --client-name system:node:${machine.self.name}`),
      ]),
    );
    const target = fs.readlinkSync(path.join(machine.root, KUBELET));
    expect(path.basename(target)).toMatch(/^kubelet-client-\d{4}(-\d\d){5}\.pem$/);
    expect(fs.statSync(target).mode & 0o777).toBe(0o600);
    expect(machine.read(KUBELET)).toBe(`${machine.read("fake/renewed.crt")}KEY\n`);
  });

  /** Nothing answers where the others' have ended: curl refuses them as it refuses a machine that is off. */
  function allEnded() {
    const machine = member({ endsIn: -2 * DAY });
    machine.down(0);
    machine.down(2);
    return { machine, ended: issue(-DAY) };
  }

  it("on all machines end a member well that has no quorum for the others' alone: they are next", async () => {
    const { machine, ended } = allEnded();
    for (const { address } of [ROSTER[0], ROSTER[2]] as { address: string }[])
      machine.write(`fake/shown/${address}:2380`, ended);
    const { code, stderr } = await run(machine);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("those of 10.70.0.1 10.70.0.5 have ended, and without them etcd has no quorum");
    expect(machine.result()).toMatchObject({ name: machine.self.name });
  });

  it("are no excuse for a quorum that is lost for another reason", async () => {
    const { machine } = allEnded();
    const { code, stderr } = await run(machine);
    expect(code).toBe(1);
    expect(stderr).toContain("waited 1 s for a quorum of etcd to answer");
  });

  it("at the endpoint are told and left to the machine that holds it", async () => {
    const machine = member({ endsIn: -2 * DAY });
    machine.write("fake/refused/203.0.113.1", "");
    machine.write("fake/shown/203.0.113.1:6443", issue(-DAY));
    const { code, stderr } = await run(machine);
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/endpoint: wait: expected the endpoint https:\/\/203\.0\.113\.1:6443 to answer/);
  });
});

describe.concurrent("the timer", () => {
  const TIMER = "etc/systemd/system/rackplane-certificates.timer";

  it("is there exactly while the configuration asks for it", async () => {
    const machine = new TestMachine(1);
    const files = { "grant/verbs/member.sh": "", "boot/verbs/install.sh": "" };
    await machine.receive("member", terms({ timer: true }), files);
    expect(machine.read(TIMER)).toContain("OnCalendar=daily");
    expect(machine.calls).toContain("systemctl enable --now --quiet rackplane-certificates.timer");
    await machine.receive("member", terms(), files);
    expect(machine.has(TIMER)).toBe(false);
    expect(machine.calls).toContain("systemctl disable --now --quiet rackplane-certificates.timer");
  });

  it("renews what is due by the machine alone, and nothing where nothing is", async () => {
    const machine = member({ endsIn: 10 * DAY });
    machine
      .installed()
      .write("var/lib/rackplane/certificates.json", JSON.stringify(terms({ timer: true }).certificates));
    for (let i = 0; i < 2; i++) {
      const { code, stderr } = await machine.program("renew-due");
      expect(code, stderr).toBe(0);
    }
    expect(renewals(machine)).toBe(1);
    expect(machine.has("run/rackplane/grant.json")).toBe(false);
  });
});
