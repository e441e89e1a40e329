import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { SOURCE_KINDS, STORE_KINDS } from "../../../components/config/backups/store-kinds";
import { given, hostKey, LOCKED_PRIVATE_KEY, parse, PRIVATE_KEY, refuses } from "./samples";

const backups = (settings: unknown) => given({ backups: settings });
const restore = (settings: unknown) => given({ restore: settings });
const S3 = { kind: "s3", endpoint: "https://s3.example.com", bucket: "backups", accessKey: "id", secretKey: "key" };
const SFTP = {
  kind: "sftp",
  host: "backups.example.com",
  user: "rackplane",
  hostKey: hostKey(1),
  privateKey: PRIVATE_KEY,
};
const KEY = "a text without blanks; run pulumi config set --path 'rackplane:backups.to[0].secretKey' --secret";

describe("backups", () =>
  refuses([
    [
      "oftener than once an hour, and none kept, both told",
      backups({ hours: 0, keep: 0 }),
      [
        "backups.hours: found 0, expected whole hours between two backups, 1 to 168",
        "backups.keep: found 0, expected how many backups are kept, 1 to 1000",
      ],
    ],
    [
      "to one store that is no list",
      backups({ to: { kind: "machine" } }),
      ['backups.to: found an object, expected a list of stores, such as [{"kind":"machine"}]'],
    ],
    [
      "to a kind that there is not",
      backups({ to: [{ kind: "ftp" }] }),
      ['backups.to[0].kind: found "ftp", expected machine, directory, sftp or s3; did you mean sftp?'],
    ],
    ["to one store twice", backups({ to: [S3, S3] }), ["backups.to: found a store twice, expected each once"]],
    [
      "to a disk's own place, which is empty when the disk is missing",
      backups({ to: [{ kind: "directory", path: "/backups" }] }),
      [
        'backups.to[0].path: found "/backups", expected an absolute path of two folders or more, such as "/mnt/backups/prod"',
      ],
    ],
    [
      "to a bucket by its whole URL, with a key of two words, which is not quoted",
      backups({ to: [{ ...S3, endpoint: "https://s3.example.com/backups", secretKey: "two words" }] }),
      [
        'backups.to[0].endpoint: found "https://s3.example.com/backups", expected the URL of the store without a path, such as "https://s3.example.com"',
        `backups.to[0].secretKey: found one with blanks in it, expected ${KEY}`,
      ],
    ],
    [
      "to a host whose key has a passphrase, and to a path that leads elsewhere",
      backups({ to: [{ ...SFTP, privateKey: LOCKED_PRIVATE_KEY, path: "a/../b" }] }),
      [
        "backups.to[0].privateKey: found a key with a passphrase, expected one without; or leave it out and add the key to the SSH agent",
        'backups.to[0].path: found "a/../b", expected a path of letters, digits and ". _ - /", such as "backups/prod"',
      ],
    ],
    [
      "with a short password, which is not quoted",
      backups({ password: "secret" }),
      ["backups.password: found one of 6 characters, expected a password of 16 characters or more, without line ends"],
    ],
  ]));

describe("a restore", () =>
  refuses([
    [
      "from nowhere",
      restore({ snapshot: "latest" }),
      ["restore.from: found nothing, expected an object whose kind is machine or directory or sftp or s3 or file"],
    ],
    [
      "of a backup by its date",
      restore({ from: S3, snapshot: "2026-01-01" }),
      [`restore.snapshot: found "2026-01-01", expected "latest" or a backup's ID of 8 to 64 hexadecimal digits`],
    ],
    [
      "from a file by a relative path",
      restore({ from: { kind: "file", path: "etcd.db" } }),
      [
        'restore.from.path: found "etcd.db", expected an absolute path of two folders or more, such as "/mnt/backups/prod"',
      ],
    ],
  ]));

test("backups go to each machine itself where nothing is said, and nowhere with an empty list", () => {
  expect(parse(given({})).backups.to).toEqual([{ kind: "machine" }]);
  expect(parse(backups({ to: [] })).backups.to).toEqual([]);
});

test("an empty restore is none, as the stack file has it by default", () => {
  expect(parse(restore({})).restore).toBeUndefined();
  expect(parse(restore({ from: { kind: "file", path: "/root/etcd.db" } })).restore).toEqual({
    generation: 1,
    snapshot: "latest",
    from: { kind: "file", path: "/root/etcd.db" },
  });
});

test("the keys of a store are secret from the configuration on", async () => {
  const { backups: spec } = parse(backups({ to: [S3, SFTP], password: "0123456789abcdef" }));
  const [s3, sftp] = spec.to;
  if (s3?.kind !== "s3" || sftp?.kind !== "sftp") throw new Error("other stores than were given");
  for (const secret of [s3.accessKey, s3.secretKey, sftp.privateKey, spec.password])
    expect(await pulumi.isSecret(pulumi.output(secret))).toBe(true);
});

test("a cluster is restored from every kind of store that it is backed up to", () => {
  for (const kind of Object.keys(STORE_KINDS)) expect(Object.keys(SOURCE_KINDS)).toContain(kind);
});
