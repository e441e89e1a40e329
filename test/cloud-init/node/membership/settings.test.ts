import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import type { Grant } from "../../../../cloud-init/contract/grant";
import type { Announcer, NodeSpec } from "../../../../cloud-init/contract/node";
import { TestMachine } from "./machine";

/** As in a cluster that was formed with it. */
const ENCRYPTED = { provider: "secretbox", generation: 0, formed: true } as const;
const ENCRYPTION = "etc/rackplane/apiserver/encryption.json";
const KEY = Buffer.alloc(32, 7).toString("base64");
const mode = (machine: TestMachine, file: string) =>
  (fs.statSync(path.join(machine.root, file)).mode & 0o777).toString(8);
const key = (machine: TestMachine) =>
  (
    JSON.parse(machine.read(ENCRYPTION) ?? "{}") as {
      resources: { providers: { secretbox: { keys: { secret: string }[] } }[] }[];
    }
  ).resources[0]?.providers[0]?.secretbox.keys[0]?.secret;
const node = (machine: TestMachine, changes: Partial<NodeSpec>): { node: NodeSpec } => ({
  node: { ...machine.grant("form").node, ...changes },
});

describe.concurrent("encryption at rest", () => {
  it("gets its key from the machine that forms, with the cluster's other keys", async () => {
    const machine = new TestMachine();
    const { code, stderr } = await machine.run("form", { encryption: ENCRYPTED });
    expect(code, stderr).toBe(0);
    const result = JSON.parse(machine.read("run/rackplane/result.json") ?? "") as {
      pki: unknown;
      encryptionKey: string;
    };
    expect(result.pki).toEqual(machine.keys);
    expect(Buffer.from(result.encryptionKey, "base64")).toHaveLength(32);
    expect(key(machine)).toBe(result.encryptionKey);
    expect(mode(machine, ENCRYPTION)).toBe("600");
    expect(stderr + machine.calls.join()).not.toContain(result.encryptionKey);
  });

  it("keeps its key when the formation is asked for again, or starts over", async () => {
    const machine = new TestMachine();
    machine.write("fake/cut", "kubeadm init: etcd");
    await machine.run("form", { encryption: ENCRYPTED });
    const before = key(machine);
    await machine.reboot();
    for (let i = 0; i < 2; i++) {
      expect((await machine.run("form", { encryption: ENCRYPTED })).code).toBe(0);
      expect(key(machine)).toBe(before);
    }
  });

  it("reaches a member before it joins", async () => {
    const machine = new TestMachine(1).cluster(0, 2);
    const { code, stderr } = await machine.run("member", { encryption: ENCRYPTED, secrets: { encryptionKeys: [KEY] } });
    expect(code, stderr).toBe(0);
    expect(key(machine)).toBe(KEY);
  });

  it("without a key in the grant lets nobody join", async () => {
    const machine = new TestMachine(1).cluster(0, 2);
    const { code, stderr } = await machine.run("member", { encryption: ENCRYPTED });
    expect(code).toBe(1);
    expect(stderr).toMatch(/asks for encryption at rest and brings no key/);
    expect(machine.calls.filter(call => call.startsWith("kubeadm join"))).toEqual([]);
  });

  it("never replaces the key of a member", async () => {
    const machine = new TestMachine(1).cluster(0, 2);
    await machine.run("member", { encryption: ENCRYPTED, secrets: { encryptionKeys: [KEY] } });
    const other = Buffer.alloc(32, 8).toString("base64");
    const { code, stderr } = await machine.run("member", {
      encryption: ENCRYPTED,
      secrets: { encryptionKeys: [other] },
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /holds another key than the grant: with it this member could not read the cluster's Secrets/,
    );
    expect(stderr).not.toMatch(new RegExp(`${KEY}|${other}`));
    expect(key(machine)).toBe(KEY);
  });
});

describe.concurrent("a formation", () => {
  it("says that it is one only while kubeadm runs, and keeps no super-admin.conf", async () => {
    const machine = new TestMachine();
    machine.write("fake/cut", "kubeadm init: token");
    await machine.run("form");
    expect(machine.has("run/rackplane/forming")).toBe(true);
    await machine.reboot();
    expect((await machine.run("form")).code).toBe(0);
    expect(machine.has("run/rackplane/forming")).toBe(false);
    expect(machine.has("etc/kubernetes/super-admin.conf")).toBe(false);
  });

  it("leaves super-admin.conf alone for as long as kube-vip works with it", async () => {
    const machine = new TestMachine();
    const pod = "etc/kubernetes/manifests/kube-vip.json";
    const { ended } = machine.begin("form");
    await machine.until(() => machine.places.includes("tokens deleted") || machine.has("etc/kubernetes/manifests"));
    machine.write(pod, '{"path": "/etc/kubernetes/super-admin.conf"}');
    await machine.until(() => machine.places.includes("tokens deleted") && !machine.has("run/rackplane/forming"));
    await new Promise(wait => setTimeout(wait, 300));
    expect(machine.has("etc/kubernetes/super-admin.conf")).toBe(true);
    machine.write(pod, '{"path": "/etc/kubernetes/admin.conf"}');
    expect((await ended).code).toBe(0);
    expect(machine.has("etc/kubernetes/super-admin.conf")).toBe(false);
  });
});

describe.concurrent("where a balancer is in front", () => {
  const keepalived: Announcer = {
    kind: "keepalived",
    balancer: "haproxy",
    prefix: 24,
    virtualRouterId: 51,
    advertSeconds: 1,
  };
  const endpoint = { address: "203.0.113.1", port: 6443, apiServerPort: 6444 };

  it("machines are asked at their own port and the VIP at the endpoint's", async () => {
    const machine = new TestMachine();
    await machine.run("form", node(machine, { announcer: keepalived, endpoint }));
    const { code, stderr } = await machine.run("member", node(machine, { announcer: keepalived, endpoint }));
    expect(code, stderr).toBe(0);
    const asked = machine.calls.filter(call => call.startsWith("curl") && call.includes("/readyz"));
    expect(asked.some(call => call.includes("https://10.70.0.1:6444/readyz"))).toBe(true);
    expect(asked.some(call => call.includes("https://203.0.113.1:6443/readyz"))).toBe(true);
    expect(asked.join()).not.toMatch(/10\.70\.0\.\d:6443|203\.0\.113\.1:6444/);
  });

  it("no member is well while another machine has the VIP besides it", async () => {
    const machine = new TestMachine();
    machine.write("fake/holders", "02:00:00:00:00:01\n");
    // To form is not yet to be well: the way through the VIP is judged by `member`.
    expect((await machine.run("form", node(machine, { announcer: keepalived, endpoint }))).code).toBe(0);
    const { code, stderr } = await machine.run("member", node(machine, { announcer: keepalived, endpoint }));
    expect(code).toBe(1);
    expect(stderr).toContain("2 machines have 203.0.113.1: 02:00:00:00:00:01, this machine, ");
  });

  it("a balancer that accepts before there is a cluster keeps nobody from forming it", async () => {
    const machine = new TestMachine();
    const { code, stderr } = await machine.run("form", node(machine, { announcer: { kind: "external" } }));
    expect(code, stderr).toBe(0);
    expect(machine.calls.find(call => call.includes("time_appconnect"))).toContain("203.0.113.1:6443/livez");
    // Nobody announces here, so nobody waits for it.
    const member = await machine.run("member", node(machine, { announcer: { kind: "external" } }));
    expect(member.stderr).toContain("API server ready, 203.0.113.1 answers");
  });
});

describe.concurrent("what a grant brings", () => {
  const program = {
    "bin/rackplane":
      '#!/usr/bin/env bash\n[ "$1" = install ] || echo "{}" >"$RACKPLANE_ROOT/run/rackplane/result.json"\n',
  };
  const files = {
    "/etc/rackplane/patches/etcd0+strategic.json": "{}\n",
    "/etc/rackplane/apiserver/audit-policy.json": "{}\n",
  };
  const secrets = { vrrpPassword: "Secret12", md5: { "10.0.0.1": "Secret34" }, encryptionKeys: [KEY] };
  const receive = (machine: TestMachine, verb: Grant["verb"], changes: Partial<Grant> = {}) =>
    machine.receive(verb, changes, program);

  it("stays where a reboot does not lose it: roster, secrets but the encryption's, files", async () => {
    const machine = new TestMachine(1);
    const { code, stderr } = await receive(machine, "member", { files, secrets });
    expect(code, stderr).toBe(0);
    expect(JSON.parse(machine.read("etc/rackplane/roster.json") ?? "")).toEqual(machine.grant("member").roster);
    expect(JSON.parse(machine.read("var/lib/rackplane/secrets.json") ?? "")).toEqual({
      vrrpPassword: "Secret12",
      md5: { "10.0.0.1": "Secret34" },
    });
    expect(mode(machine, "var/lib/rackplane/secrets.json")).toBe("600");
    for (const file of Object.keys(files)) expect(mode(machine, file)).toBe("600");
    expect(machine.has("etc/rackplane/identity.json")).toBe(false);
  });

  it("takes the place of what an earlier one brought, the encryption's key apart", async () => {
    const machine = new TestMachine(1);
    machine.write(ENCRYPTION, "{}");
    await receive(machine, "member", { files, secrets });
    await receive(machine, "member", { files: { "/etc/rackplane/patches/etcd0+strategic.json": "{}\n" } });
    expect(machine.has("etc/rackplane/patches/etcd0+strategic.json")).toBe(true);
    expect(machine.has("etc/rackplane/apiserver/audit-policy.json")).toBe(false);
    expect(machine.has(ENCRYPTION)).toBe(true);
    expect(machine.read("var/lib/rackplane/secrets.json")).toBe("{}\n");
  });

  it("adds SSH keys beside those that were there, and takes away its own alone", async () => {
    const machine = new TestMachine(1);
    const { username: user, homedir } = os.userInfo();
    const file = path.join(homedir, ".ssh/authorized_keys");
    // Without an end, as a person's editor may leave it.
    machine.write(file, "ssh-ed25519 AAAA first");
    const given = (...keys: string[]) =>
      receive(machine, "member", keys.length === 0 ? {} : { access: { user, keys } });
    const { code, stderr } = await given("ssh-ed25519 BBBB second", "ssh-ed25519 CCCC third");
    expect(code, stderr).toBe(0);
    expect(machine.read(file)).toMatch(
      /^ssh-ed25519 AAAA first\n# rackplane: from .*\nssh-ed25519 BBBB second\nssh-ed25519 CCCC third\n# rackplane: end\n$/,
    );
    await given("ssh-ed25519 CCCC third");
    expect(machine.read(file)).not.toContain("BBBB");
    await given();
    expect(machine.read(file)).toBe("ssh-ed25519 AAAA first\n");
    expect(machine.has("var/lib/rackplane/authorized-keys-file")).toBe(false);
  });

  it("takes SSH keys away from the user that had them, too", async () => {
    const machine = new TestMachine(1);
    const { username: user, homedir } = os.userInfo();
    const [earlier, file] = ["/home/earlier/.ssh/authorized_keys", path.join(homedir, ".ssh/authorized_keys")];
    const block =
      "# rackplane: from ssh.authorizedKeys, until the next such line\nssh-ed25519 BBBB\n# rackplane: end\n";
    machine.write(earlier, `ssh-ed25519 AAAA theirs\n${block}`);
    machine.write("var/lib/rackplane/authorized-keys-file", `${earlier}\n`);
    const { code, stderr } = await receive(machine, "member", { access: { user, keys: ["ssh-ed25519 BBBB"] } });
    expect(code, stderr).toBe(0);
    expect([machine.read(earlier), machine.read(file)]).toEqual(["ssh-ed25519 AAAA theirs\n", block]);
  });

  it("changes neither secrets nor files when it only asks for something", async () => {
    const machine = new TestMachine(1);
    await receive(machine, "member", { files, secrets });
    for (const verb of ["kubeconfig", "mint"] as const) expect((await receive(machine, verb)).code).toBe(0);
    expect(machine.read("var/lib/rackplane/secrets.json")).toContain("Secret12");
    for (const file of Object.keys(files)) expect(machine.has(file)).toBe(true);
  });

  it("tells a machine over SSH anew who it is", async () => {
    const machine = new TestMachine(1);
    const self = { ...machine.self, interface: "bond0" };
    await receive(machine, "member", { ...node(machine, { machine: { kind: "ssh" } }), machine: self });
    expect(JSON.parse(machine.read("etc/rackplane/identity.json") ?? "")).toEqual(self);
  });

  const invitation = { token: "abcdef.0123456789abcdef", caHash: `sha256:${"0".repeat(64)}` };
  const workers = { kubeadm: { join: {} }, invitation } as const;
  it.each<[string, Grant["verb"], Partial<Grant>, RegExp]>([
    [
      "keys for a worker",
      "worker",
      { ...workers, pki: new TestMachine().keys },
      /\.pki: found "keys", expected none on a machine of this role/,
    ],
    [
      "a control plane's document for a worker",
      "worker",
      { ...workers, kubeadm: { join: { controlPlane: {} } } },
      /\.kubeadm\.join: .*expected the join document of a worker/,
    ],
    [
      "no invitation",
      "worker",
      { kubeadm: workers.kubeadm },
      /\.invitation: found "null", expected a token and the hash of the CA/,
    ],
    [
      "an invitation without a pin",
      "worker",
      { ...workers, invitation: { ...invitation, caHash: "" } },
      /\.invitation: found "object"/,
    ],
    [
      "a file elsewhere",
      "member",
      { files: { "/etc/rackplane/patches/../../passwd": "" } },
      /\.files: found "\/etc\/rackplane\/patches\/\.\.\/\.\.\/passwd"/,
    ],
    ["no roster", "worker", { ...workers, roster: [] }, /\.roster: found \[\], expected every control-plane machine/],
  ])("is refused with %s, and changes nothing", async (_, verb, changes, message) => {
    const machine = new TestMachine(1);
    const { code, stderr } = await receive(machine, verb, changes);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain(invitation.token);
    expect(machine.has("opt/rackplane")).toBe(false);
  });
});
