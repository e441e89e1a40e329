import { createHash, X509Certificate } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { workerDocument } from "../../../../cloud-init/documents/kubeadm";
import type { Grant } from "../../../../cloud-init/contract/grant";
import type { Announcer } from "../../../../cloud-init/contract/node";
import { arpAnnouncer } from "../../nodes";
import { TestMachine } from "./machine";

const PREVIOUS = "var/lib/rackplane/previous";
const NODE = "etc/rackplane/node.json";
const KUBELET = "etc/rackplane/patches/kubeletconfiguration0+merge.json";
const CONFIG = "var/lib/kubelet/config.yaml";

/** The program's own verbs; what it would install is only noted. */
const VERBS = {
  "bin/rackplane":
    '#!/bin/bash\necho "$*" >>"$FAKE/program"\n[ "$1" = install ] || RACKPLANE_VERB=$1 exec bash "$RACKPLANE_BUNDLE/grant/verbs/$1.sh"\n',
};
const earlier = "earlier settings again";

/** A machine, and the grant that made it what it is. */
interface Granted {
  machine: TestMachine;
  grant: Partial<Grant>;
}

const TOKEN = "t0k3n1.secretsecretsecr";
const WORKER = { name: "prod-w-0", address: "10.70.0.21" };
const pool = { name: "build", labels: {}, taints: [] };
const fields = (maxPods: number): Partial<Grant> => ({ files: { [`/${KUBELET}`]: JSON.stringify({ maxPods }) } });

/** A worker that runs with its pool's kubelet fields. */
async function worker(): Promise<Granted> {
  const machine = new TestMachine().cluster(0, 1, 2);
  machine.write("fake/name", WORKER.name);
  machine.write("fake/address", WORKER.address);
  machine.write("fake/tokens/t0k3n1", "");
  const key = new X509Certificate(machine.keys["ca.crt"]).publicKey.export({ type: "spki", format: "der" });
  const caHash = `sha256:${createHash("sha256").update(key).digest("hex")}`;
  const grant: Partial<Grant> = {
    machine: WORKER,
    pool,
    kubeadm: { join: workerDocument({ machine: WORKER, pool, patches: true }) },
    node: { ...machine.grant("worker").node, role: "worker", announcer: arpAnnouncer },
    invitation: { token: TOKEN, caHash },
    ...fields(60),
  };
  const made = await machine.run("worker", grant);
  expect(made.code, made.stderr).toBe(0);
  machine.write("etc/rackplane/roster.json", JSON.stringify(machine.grant("worker").roster));
  // kubelet runs with the pool's fields.
  machine.write(KUBELET, '{"maxPods":60}');
  machine.write(CONFIG, '{"maxPods":60}');
  machine.write(
    "var/lib/rackplane/kubelet-settings",
    `${createHash("sha256").update('{"maxPods":60}').digest("hex")}  -\n`,
  );
  return { machine, grant };
}

/** A member, as its last grant made it. */
async function member(): Promise<Granted> {
  const machine = new TestMachine(1).cluster(0, 2);
  const joined = await machine.run("member");
  expect(joined.code, joined.stderr).toBe(0);
  machine.write("etc/kubernetes/manifests/kube-apiserver.yaml", "    image: registry.k8s.io/kube-apiserver:v1.34.3\n");
  machine.write("etc/rackplane/roster.json", JSON.stringify(machine.grant("member").roster));
  machine.write("var/lib/rackplane/secrets.json", "{}");
  return { machine, grant: {} };
}
const slower = ({ machine }: Granted): Partial<Grant> => {
  const { node } = machine.grant("member");
  return { node: { ...node, announcer: { ...node.announcer, holdSeconds: 9 } as Announcer } };
};
/** As a boot does. */
const takeBack = (machine: TestMachine) =>
  machine.start(["grant/verbs/take-back.sh"], path.join(machine.root, "opt/rackplane")).ended;
const kept = (machine: TestMachine): string[] =>
  fs
    .readdirSync(path.join(machine.root, PREVIOUS), { recursive: true, encoding: "utf8" })
    .filter(file => fs.statSync(path.join(machine.root, PREVIOUS, file)).isFile());

describe.concurrent("an edit that fails is taken back", () => {
  it("on a worker: its kubelet, which could not read the pool's fields, has the earlier ones", async () => {
    const { machine, grant } = await worker();
    const before = machine.read(NODE);
    machine.write("fake/faults/kubelet", "");
    const { code, stderr } = await machine.receive("worker", { ...grant, ...fields(-1) }, VERBS);
    expect(code).toBe(1);
    expect(stderr).toMatch(/kubelet to run with its settings; .*see 'journalctl -u kubelet' here and correct/);
    expect(stderr).toContain(`worker: this machine has its ${earlier}`);
    expect(machine.read(NODE)).toBe(before);
    expect(machine.read(`${KUBELET}`)).toBe('{"maxPods":60}');
    expect(machine.read(CONFIG)).toBe('{"maxPods":60}');
    expect(machine.calls).toContain("systemctl restart --no-block kubelet");
    expect(machine.has(PREVIOUS)).toBe(false);
    // The same edit once more is carried out: the machine does not take its fields for those that it runs with.
    machine.erase("fake/faults/kubelet");
    const again = await machine.receive("worker", { ...grant, ...fields(-1) }, VERBS);
    expect(again.code, again.stderr).toBe(0);
    expect(machine.read(CONFIG)).toBe('{"maxPods":-1}');
  });

  it("on a worker: a file that the edit brought is gone", async () => {
    const { machine, grant } = await worker();
    machine.write("fake/faults/kubelet", "");
    const other = { files: { ...grant.files, "/etc/rackplane/patches/kubeletconfiguration1+merge.json": "{}" } };
    expect((await machine.receive("worker", { ...grant, ...other }, VERBS)).code).toBe(1);
    expect(machine.has("etc/rackplane/patches/kubeletconfiguration1+merge.json")).toBe(false);
    expect(machine.has(KUBELET)).toBe(true);
  });

  it("on a balancer: it leads to the API servers of the earlier roster", async () => {
    const machine = new TestMachine();
    const self = { name: "prod-lb-0", address: "10.70.0.21" };
    machine.write("fake/name", self.name);
    machine.write("fake/address", self.address);
    const vrrp = { balancer: "nginx", prefix: 24, virtualRouterId: 51, advertSeconds: 1 } as const;
    const announcer: Announcer = { kind: "balancers", ...vrrp, machines: [self] };
    const node = { ...machine.grant("balancer").node, role: "balancer" as const, announcer };
    machine.write(NODE, JSON.stringify(node));
    machine.write("etc/rackplane/roster.json", JSON.stringify(machine.grant("balancer").roster));
    machine.write("var/lib/rackplane/secrets.json", "{}");
    machine.write("fake/active/rackplane-keepalived.service", "");
    const before = machine.read("etc/rackplane/roster.json");
    const roster = machine.grant("balancer").roster.slice(1);
    const { code, stderr } = await machine.receive(
      "balancer",
      { machine: self, kubeadm: undefined, node, roster },
      VERBS,
    );
    expect(code).toBe(1);
    expect(stderr).toContain(`balancer: this machine has its ${earlier}`);
    expect(JSON.parse(machine.read("etc/rackplane/roster.json") ?? "")).toEqual(JSON.parse(before ?? ""));
    expect(machine.read("fake/program")).toBe("install\nbalancer\ninstall\n");
  });

  it("when its verb cannot even be started", async () => {
    const granted = await member();
    const { machine } = granted;
    const before = machine.read(NODE);
    machine.write("fake/faults/systemd-run", "");
    const { code, stderr } = await machine.receive("member", slower(granted), VERBS);
    expect(code).toBe(1);
    expect(stderr).toMatch(/systemd did not start rackplane-member.service/);
    expect(stderr).toContain(earlier);
    expect(machine.read(NODE)).toBe(before);
    expect(machine.has(PREVIOUS)).toBe(false);
  });

  it("at the next boot when its verb lost its power, and what is kept until then is root's alone", async () => {
    const granted = await member();
    const { machine } = granted;
    const before = machine.read(NODE);
    machine.write("fake/faults/power", "");
    const receiver = machine.startReceive(VERBS);
    receiver.program.stdin.end(JSON.stringify(machine.grant("member", slower(granted))));
    await machine.until(() => machine.has("fake/lost"));
    receiver.program.kill("SIGKILL");
    await receiver.ended;
    expect(machine.read(NODE)).not.toBe(before);
    expect((fs.statSync(path.join(machine.root, PREVIOUS)).mode & 0o777).toString(8)).toBe("700");
    expect(kept(machine)).toContain("var/lib/rackplane/secrets.json");

    machine.erase("fake/faults/power");
    await machine.reboot();
    const { code, stderr } = await takeBack(machine);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(earlier);
    expect(machine.read(NODE)).toBe(before);
    expect(machine.has(PREVIOUS)).toBe(false);
  });
});

describe.concurrent("an edit that is carried out", () => {
  it("stays, and nothing of the settings before it is kept", async () => {
    const granted = await member();
    const { machine } = granted;
    const { code, stderr } = await machine.receive("member", slower(granted), VERBS);
    expect(code, stderr).toBe(0);
    expect(machine.read(NODE)).toContain('"holdSeconds": 9');
    expect(machine.has(PREVIOUS)).toBe(false);
    await machine.reboot();
    expect((await takeBack(machine)).code).toBe(0);
    expect(machine.read(NODE)).toContain('"holdSeconds": 9');
  });
});
