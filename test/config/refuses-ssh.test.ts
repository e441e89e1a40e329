import { describe } from "vitest";
import { LOCKED_PRIVATE_KEY, PRIVATE_KEY, PUBLIC_KEY, given, opensshKey, refuses, ssh } from "./samples";

describe("keys for SSH", () => refuses([
  ["no key", given({ ssh: undefined }), [
    'ssh: found no key, expected a public key; set ssh.publicKeyPath, such as "~/.ssh/id_ed25519.pub", or ssh.publicKey',
  ]],
  ["a private key alone", given({ ssh: { privateKey: PRIVATE_KEY } }), [
    "ssh: found a private key and no public key, expected both; set ssh.publicKeyPath (ssh-keygen -y makes it from the private key)",
  ]],
  ["a private key for the public one, without quoting it", given({ ssh: { publicKey: PRIVATE_KEY } }), [
    "ssh.publicKey: found a private key, expected the public one; machines would be given the private key, so make a new pair if it was shared",
  ]],
  ["a text for a public key", given({ ssh: { publicKey: "hello" } }), [
    'ssh.publicKey: found a text that starts with "hello", expected one line such as "ssh-ed25519 AAAA... me@example.com"',
  ]],
  ["a public key whose end is cut off", given({ ssh: { publicKey: "ssh-ed25519 AAAA" } }), [
    'ssh.publicKey: found a text that starts with "ssh-ed25519", expected one line such as "ssh-ed25519 AAAA... me@example.com"',
  ]],
  ["two public keys in one", given({ ssh: { publicKey: `${PUBLIC_KEY}\n${PUBLIC_KEY}` } }), [
    'ssh.publicKey: found 2 lines, expected one line such as "ssh-ed25519 AAAA... me@example.com"',
  ]],
  ["a public key as text and as a file", ssh({ publicKeyPath: "/keys/a.pub" }), [
    "ssh.publicKeyPath: found ssh.publicKey too, expected one of the two; leave one out",
  ], { readFile: () => PUBLIC_KEY }],
  ["a file that is not there", given({ ssh: { publicKeyPath: "/keys/a.pub" } }), [
    `ssh.publicKeyPath: cannot read "/keys/a.pub" (ENOENT: no such file or directory, open '/keys/a.pub'); expected a key file, check the path`,
  ]],
  ["a file that holds another key", ssh({ privateKeyPath: "/keys/a.pub" }), [
    "ssh.privateKeyPath: in /keys/a.pub: found a public key, expected the private one; give this one as ssh.publicKey",
  ], { readFile: () => PUBLIC_KEY }],
  ["a path that depends on where pulumi starts", given({ ssh: { publicKeyPath: "keys/a.pub" } }), [
    'ssh.publicKeyPath: found "keys/a.pub", expected a path that starts with "/" or "~/"; others depend on where pulumi is started',
  ]],
  ["a public key for the private one", ssh({ privateKey: PUBLIC_KEY }), [
    "ssh.privateKey: found a public key, expected the private one; give this one as ssh.publicKey",
  ]],
  ["a private key with a passphrase", ssh({ privateKey: LOCKED_PRIVATE_KEY }), [
    "ssh.privateKey: found a key with a passphrase, expected one without; or leave it out and add the key to the SSH agent",
  ]],
  ["a private key of OpenSSH with a passphrase", ssh({ privateKey: opensshKey("aes256-ctr") }), [
    "ssh.privateKey: found a key with a passphrase, expected one without; or leave it out and add the key to the SSH agent",
  ]],
  ["a text for a private key, without quoting it", ssh({ privateKey: "hunter2" }), [
    'ssh.privateKey: found no private key, expected a private key in PEM form, "-----BEGIN OPENSSH PRIVATE KEY-----" and so on',
  ]],
  ["a user that is none", ssh({ user: "Root!" }), [
    'ssh.user: found "Root!", expected a user name: a-z, 0-9, _ and -, at most 32',
  ]],
]));
