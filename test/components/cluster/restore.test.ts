import { describe, expect, test } from "vitest";
import type { Grant } from "../../../cloud-init/contract/grant";
import { derivedPassword } from "../../../components/membership/backups";
import { ARP, host, hosts } from "../config/samples";
import { cluster, PKI } from "./lab";
import type { Registration } from "./recorder";
import { SECRET } from "./values";

const S3 = { kind: "s3", endpoint: "https://s3.example.com", bucket: "backups", accessKey: "ID", secretKey: "S3KEY" };
const args = (more: object = {}): object => ({
  machines: hosts(1, 2, 3),
  endpoint: ARP,
  workers: [{ name: "general", machines: { kind: "ssh", hosts: [host(11)] } }],
  ...more,
});
const granted = ({ inputs }: Registration): Grant => JSON.parse(String(inputs.stdin)) as Grant;
const RESTORE = { restore: { from: S3 } };

describe("backups", () => {
  test("are told to members and to machines that join, and to no worker", async () => {
    const { find } = await cluster(args({ backups: { to: [{ kind: "machine" }, S3] } }));
    for (const name of ["lab-m1-member", "lab-m2-join"]) {
      expect(granted(find(name)).backups).toEqual({
        timer: true,
        hours: 12,
        keep: 5,
        password: derivedPassword(PKI),
        stores: [{ kind: "machine" }, { ...S3, region: "us-east-1", path: "lab" }],
      });
      expect(find(name).visible.stdin).toBe(SECRET);
    }
    expect(granted(find("lab-m11-worker")).backups).toBeUndefined();
    expect(granted(find("lab-form")).backups).toBeUndefined();
  });

  test("are encrypted with a password that a cluster keeps for life, or with the configuration's", async () => {
    expect(derivedPassword(PKI)).toBe(derivedPassword({ ...PKI, "ca.key": "another one", "ca.crt": "another one" }));
    expect(derivedPassword(PKI)).not.toBe(derivedPassword({ ...PKI, "sa.key": "another cluster's" }));
    const { find } = await cluster(args({ backups: { password: "0123456789abcdef" } }));
    expect(granted(find("lab-m1-member")).backups?.password).toBe("0123456789abcdef");
  });

  test("have no timer where they go nowhere", async () => {
    const { find } = await cluster(args({ backups: { to: [] } }));
    expect(granted(find("lab-m1-member")).backups).toMatchObject({ timer: false, stores: [] });
  });
});

describe("a restore", () => {
  test("is no resource where nothing is to be restored", async () => {
    const { resources } = await cluster(args());
    expect(resources.filter(({ name }) => /restor/.test(name))).toEqual([]);
  });

  test("asks every machine of the control plane first, once, and none of the workers", async () => {
    const { find, resources } = await cluster(args(RESTORE));
    const asked = resources.filter(({ name }) => name.includes("-restorable-")).map(({ name }) => name);
    expect(asked.sort()).toEqual(["lab-m1-restorable-1", "lab-m2-restorable-1", "lab-m3-restorable-1"]);
    expect(JSON.parse(String(find("lab-m2-restorable-1").inputs.stdin))).toEqual({
      generation: 1,
      apiPort: 6443,
      etcdDirectory: "/var/lib/etcd",
      others: ["10.0.0.1", "10.0.0.3"],
    });
    for (const name of [...asked, "lab-restore-1"])
      expect(find(name).ignoreChanges).toEqual(expect.arrayContaining(["connection", "create", "stdin"]));
    for (const after of ["lab-form", "lab-restore-1"])
      expect(find(after).dependsOn).toEqual(expect.arrayContaining(asked));
  });

  test("comes before any machine joins, with the keys of the state and the key of the store as secrets", async () => {
    const { find } = await cluster(args(RESTORE));
    expect(find("lab-restore-1").dependsOn).toContain("lab-form");
    for (const name of ["lab-m1-join", "lab-m2-join", "lab-m3-join"])
      expect(find(name).dependsOn).toContain("lab-restore-1");
    const { restore, pki } = granted(find("lab-restore-1"));
    expect(pki).toEqual(PKI);
    expect(restore).toEqual({
      generation: 1,
      snapshot: "latest",
      from: { ...S3, region: "us-east-1", path: "lab" },
      password: derivedPassword(PKI),
    });
    for (const name of ["lab-form", "lab-restore-1"]) expect(find(name).visible.stdin).toBe(SECRET);
  });

  test("is the formation itself where the state knows no cluster, with the password that a person has kept", async () => {
    const { find } = await cluster(args({ restore: { from: S3, password: "0123456789abcdef" } }));
    expect(granted(find("lab-form")).restore).toMatchObject({ generation: 1, password: "0123456789abcdef" });
  });

  test("of another number is another one, after which every member is asked again", async () => {
    const { find } = await cluster(args({ restore: { from: { kind: "file", path: "/root/etcd.db" }, generation: 2 } }));
    expect(granted(find("lab-restore-2")).restore).toEqual({
      generation: 2,
      snapshot: "latest",
      from: { kind: "file", path: "/root/etcd.db" },
    });
    expect(find("lab-m2-member").inputs.create).toMatch(/ receive # restore 2$|# restore 2$/);
  });
});
