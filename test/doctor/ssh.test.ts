import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { describe, expect, test } from "vitest";
import { seenIn } from "../../doctor/look";
import { faultIn, sshArguments } from "../../doctor/ssh";
import { seen } from "./reports";

const folder = () => fs.mkdtempSync(path.join(os.tmpdir(), "doctor-"));
const MACHINE = { name: "a", role: "control-plane", host: "10.0.0.1", port: 2222, user: "ops" } as const;

describe("ssh is called", () => {
  test("by the pinned key alone, asking nobody, with the key by its file", () => {
    const settings = { folder: folder(), key: "/home/me/.ssh/id" };
    const args = sshArguments({ ...MACHINE, hostKey: "ssh-ed25519 AAAA" }, settings, "true");
    expect(args.slice(-2)).toEqual(["10.0.0.1", "true"]);
    for (const option of ["BatchMode=yes", "StrictHostKeyChecking=yes", "HostKeyAlias=a", "IdentitiesOnly=yes"])
      expect(args).toContain(option);
    expect(fs.readFileSync(path.join(settings.folder, "a.known-hosts"), "utf8")).toBe("a ssh-ed25519 AAAA\n");
  });

  test("by what the person knows of a machine whose key is not pinned", () => {
    const args = sshArguments(MACHINE, { folder: folder(), knownHosts: "/tmp/known" }, "true");
    expect(args).toEqual(expect.arrayContaining(["StrictHostKeyChecking=accept-new", "UserKnownHostsFile=/tmp/known"]));
    expect(args).not.toContain("-i");
  });

  test("through a bastion, which is checked by its own key", () => {
    const bastion = { host: "198.51.100.9", port: 22, user: "jump", hostKey: "ssh-ed25519 BBBB" };
    const args = sshArguments({ ...MACHINE, bastion }, { folder: folder(), key: "/keys of mine/100%" }, "true");
    const proxy = args.find(arg => arg.startsWith("ProxyCommand=")) ?? "";
    expect(proxy).toMatch(/^ProxyCommand=ssh -T -p 22 -l jump -i '\/keys of mine\/100%%' .*HostKeyAlias=a-bastion/);
    expect(proxy).toMatch(/ -W '\[%h\]:%p' 198\.51\.100\.9$/);
  });
});

test.each([
  ["ssh: connect to host 10.0.0.1 port 22: Connection refused\r\n", "refused", /Connection refused$/],
  ["ssh: connect to host 10.0.0.1 port 22: Connection timed out\r\n", "silent", /timed out$/],
  ["Connection timed out during banner exchange\r\n", "silent", /banner exchange$/],
  ["ssh: connect to host 10.0.0.1 port 22: No route to host", "silent", /No route/],
  [
    "@@@@@@@@@\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.",
    "host-key",
    /^another/,
  ],
  ["root@10.0.0.1: Permission denied (publickey).", "login", /Permission denied/],
  ["ssh: Could not resolve hostname b: Name or service not known", "unknown-host", /resolve/],
  ["", "silent", /^no word of a reason$/],
])("%j means %s", (stderr, kind, words) => {
  expect(faultIn(stderr).kind).toBe(kind);
  expect(faultIn(stderr).words).toMatch(words);
});

test.each([
  [{ code: 0, stdout: JSON.stringify(seen(0)), stderr: "" }, seen(0)],
  [{ code: 0, stdout: `Welcome!\n${JSON.stringify(seen(0))}\n`, stderr: "" }, seen(0)],
  [
    { code: 0, stdout: "Welcome!", stderr: "" },
    { kind: "failed", words: expect.stringContaining("Welcome!") as string },
  ],
  [
    { code: 0, stdout: '{"schema": 2}', stderr: "" },
    { kind: "failed", words: expect.anything() as string },
  ],
  [
    { code: 1, stdout: "", stderr: "sudo: a password is required\n" },
    { kind: "sudo", words: "sudo: a password is required" },
  ],
  [
    { code: 127, stdout: "", stderr: "bash: jq: command not found\n" },
    { kind: "failed", words: "'rackplane examine' ended with status 127: bash: jq: command not found" },
  ],
])("what a machine answered is told apart: %j", (ended, told) => expect(seenIn(ended)).toEqual(told));
