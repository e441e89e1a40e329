import { describe, expect, it } from "vitest";
import type { Grant } from "../../../../cloud-init/contract/grant";
import type { TestMachine } from "./machine";
import { args, grantWith, manifest, member } from "./settled";

const FILE = "etc/rackplane/apiserver/encryption.json";
const KEYS = [7, 8, 9].map(byte => Buffer.alloc(32, byte).toString("base64"));

interface Configuration {
  resources: { providers: Record<string, { keys?: { name: string; secret: string }[] }>[] }[];
}
/** The providers in their order: the first writes. */
const providers = (machine: TestMachine): string[] =>
  (JSON.parse(machine.read(FILE) ?? "") as Configuration).resources[0]?.providers.map(provider => {
    const [[kind = "", fields] = []] = Object.entries(provider);
    return kind === "identity" ? kind : `${kind} ${fields?.keys?.[0]?.name ?? ""}`;
  }) ?? [];
const encrypted = (
  machine: TestMachine,
  generation: number,
  changes: Partial<Grant["encryption"]> = {},
): Partial<Grant> => {
  const grant = grantWith(machine, { apiServer: { extraArgs: { "encryption-provider-config": `/${FILE}` } } });
  return {
    ...grant,
    encryption: { provider: "secretbox", generation, ...changes },
    secrets: { encryptionKeys: KEYS.slice(0, generation + 1) },
  };
};
const edit = (machine: TestMachine, generation: number, changes: Partial<Grant["encryption"]> = {}) =>
  machine.announcing(machine.run("member", encrypted(machine, generation, changes)));
const encrypt = (machine: TestMachine, generation: number, rewrite = true) =>
  machine.run("encrypt", { encryption: { provider: "secretbox", generation, rewrite } });

describe.concurrent("encryption at rest, of a cluster that runs without", () => {
  it("is read by every API server before one writes with it, then all Secrets are written anew and it is noted", async () => {
    const machine = await member();
    const { run, moves } = await edit(machine, 0);
    expect(run.code, run.stderr).toBe(0);
    expect(providers(machine)).toEqual(["identity", "secretbox rackplane"]);
    expect(args(machine, "kube-apiserver")).toContain(`--encryption-provider-config=/${FILE}`);
    expect(moves).toEqual(["away", "back"]);

    const first = await encrypt(machine, 0, false);
    expect(first.code, first.stderr).toBe(0);
    expect(providers(machine)).toEqual(["secretbox rackplane", "identity"]);
    expect(machine.has("fake/rewritten")).toBe(false);
    const last = await encrypt(machine, 0);
    expect(last.code, last.stderr).toBe(0);
    expect((machine.read("fake/rewritten") ?? "").trim().split("\n")).toHaveLength(2);
    expect(JSON.parse(machine.read("fake/encryption-note.json") ?? "")).toMatchObject({ data: { generation: "0" } });
    // A note stands for work that is done.
    await encrypt(machine, 0);
    expect((machine.read("fake/rewritten") ?? "").trim().split("\n")).toHaveLength(2);
  });

  it("is not written with on a machine that does not read the key yet", async () => {
    const machine = await member();
    const { code, stderr } = await encrypt(machine, 0);
    expect(code).toBe(1);
    expect(stderr).toContain("has no key of generation 0; expected it from this machine's last member");
  });
});

describe.concurrent("another key", () => {
  const at = async (generation: number): Promise<TestMachine> => {
    const machine = await member();
    await edit(machine, generation);
    const done = await encrypt(machine, generation);
    expect(done.code, done.stderr).toBe(0);
    return machine;
  };

  it("is read beside the one that writes, then writes, and the earlier one goes with the next change", async () => {
    const machine = await at(0);
    const read = await edit(machine, 1);
    expect(read.run.code, read.run.stderr).toBe(0);
    expect(providers(machine)).toEqual(["secretbox rackplane", "secretbox rackplane-1", "identity"]);
    // The manifest names the file already: nothing restarts.
    expect(read.moves).toEqual([]);
    await encrypt(machine, 1);
    expect(providers(machine)).toEqual(["secretbox rackplane-1", "secretbox rackplane", "identity"]);
    const next = await edit(machine, 1);
    expect(next.run.code, next.run.stderr).toBe(0);
    expect(providers(machine)).toEqual(["secretbox rackplane-1", "identity"]);
  });

  it("waits until the API server counts that it has read the file", async () => {
    const machine = await at(0);
    const pid = 99990000;
    for (let i = 0; i < 400; i++)
      machine.write(`proc/${pid + i}/cmdline`, "kube-apiserver\0--encryption-provider-config-automatic-reload=true\0");
    const metric = (time: number) =>
      `apiserver_encryption_config_controller_automatic_reload_last_timestamp_seconds{status="success"} ${time.toExponential()}\n`;
    machine.write("fake/metrics", metric(1));
    const begun = machine.begin("member", encrypted(machine, 1));
    await machine.until(
      () => (machine.read("var/lib/rackplane/status") ?? "").includes("to read its keys of Secrets again"),
      60,
    );
    machine.write("fake/metrics", metric(Date.now() / 1000 + 60));
    const { code, stderr } = await begun.ended;
    expect(code, stderr).toBe(0);
  });

  it("of an edit that was taken back is dropped while nothing is written with it, and else not gone back from", async () => {
    const machine = await at(0);
    await edit(machine, 1);
    const back = await edit(machine, 0);
    expect(back.run.code, back.run.stderr).toBe(0);
    expect(providers(machine)).toEqual(["secretbox rackplane", "identity"]);
    await edit(machine, 1);
    await encrypt(machine, 1);
    const late = await edit(machine, 0);
    expect(late.run.code).toBe(1);
    expect(late.run.stderr).toContain("apiServer.encryption.generation: found 0, expected 1 or more");
  });

  it("belongs to one provider", async () => {
    const machine = await at(0);
    const { run } = await edit(machine, 0, { provider: "aescbc" });
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("raise apiServer.encryption.generation");
    const other = await edit(machine, 1, { provider: "aescbc" });
    expect(other.run.code, other.run.stderr).toBe(0);
    expect(providers(machine)).toEqual(["secretbox rackplane", "aescbc rackplane-1", "identity"]);
  });

  it("never leaves the key that the cluster was formed with unread", async () => {
    const machine = await at(0);
    const grant = encrypted(machine, 0);
    const { run } = await machine.announcing(
      machine.run("member", { ...grant, secrets: { encryptionKeys: [KEYS[2] ?? ""] } }),
    );
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("holds another key than the grant");
    expect(run.stderr).not.toContain(KEYS[2]);
    expect(manifest("etcd")).toBeDefined();
  });
});
