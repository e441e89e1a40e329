import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BareMachine } from "../../host";
import { hostKeyOf } from "../../machines/bare-disk";
import { makeDisk, trust } from "../../machines/disk";
import { enterArgv } from "../../machines/enter";
import { commandLineOf, identify, isAlive } from "../../machines/processes";
import { labelFor, machinePaths, readEntries, writeEntry } from "../../machines/store";
import { addressesOf } from "../../topology";

const record = { id: "6f1b0c1e-0000-4000-8000-00000000000A", hostname: "demo-cp-0", index: 0, ...addressesOf(0) };

const bare: BareMachine = {
  id: record.id,
  network: "lan",
  hostname: "arp-cp-0",
  address: "10.71.0.21",
  mac: "02:00:00:71:00:15",
  authorizedKey: "ssh-ed25519 AAAA ops\n",
};

const PLAIN = { layers: ["/an-image"] };

describe("a machine's disk", () => {
  let state: string;
  beforeEach(() => {
    state = fs.mkdtempSync(path.join(os.tmpdir(), "rack-machines-"));
  });
  afterEach(() => fs.rmSync(state, { recursive: true }));
  const file = (name: string) => fs.readFileSync(path.join(machinePaths(record.id, state).upper, name), "utf8");

  it("starts with nothing but what makes it this machine", async () => {
    await makeDisk(record, PLAIN, state);
    expect(file("etc/hostname")).toBe("demo-cp-0\n");
    expect(file("etc/machine-id")).toBe("6f1b0c1e00004000800000000000000a\n");
    expect(file("etc/resolv.conf")).toContain("nameserver 10.70.0.0");
  });
  it("begins with the image's containerd store: what is read is shared, the databases are its own", async () => {
    const containerd = path.join(state, "prepared");
    fs.mkdirSync(path.join(containerd, "content"), { recursive: true });
    fs.writeFileSync(path.join(containerd, "content/blob"), "layer");
    fs.writeFileSync(path.join(containerd, "meta.db"), "images");
    await makeDisk(record, { layers: ["/an-image"], containerd }, state);
    const own = (name: string) => path.join(machinePaths(record.id, state).containerd, name);
    expect(fs.statSync(own("content/blob")).ino).toBe(fs.statSync(path.join(containerd, "content/blob")).ino);
    fs.appendFileSync(own("meta.db"), ", containers");
    expect(fs.readFileSync(path.join(containerd, "meta.db"), "utf8")).toBe("images");
  });
  it("of a machine that exists has a known host key, opens to the operator alone, and listens to no cloud", async () => {
    await makeDisk(bare, PLAIN, state);
    expect(file("etc/hostname")).toBe("arp-cp-0\n");
    expect(file("etc/resolv.conf")).toContain("nameserver 10.71.0.1");
    expect(file("root/.ssh/authorized_keys")).toBe("ssh-ed25519 AAAA ops\n");
    expect(hostKeyOf(record.id, state)).toMatch(/^ssh-ed25519 [A-Za-z0-9+/=]{60,}$/);
    const { upper } = machinePaths(record.id, state);
    const mode = (name: string) => fs.lstatSync(path.join(upper, name)).mode & 0o777;
    expect([
      mode("root"),
      mode("root/.ssh"),
      mode("root/.ssh/authorized_keys"),
      mode("etc/ssh/ssh_host_ed25519_key"),
    ]).toEqual([0o700, 0o700, 0o600, 0o600]);
    expect(file("etc/cloud/cloud-init.disabled")).toBe("");
    expect(fs.readlinkSync(path.join(upper, "etc/systemd/system/phone-home.service"))).toBe("/dev/null");
  });
  it("trusts the rack's authority once, besides the image's", async () => {
    const rootfs = path.join(state, "rootfs");
    fs.mkdirSync(path.join(rootfs, "etc/ssl/certs"), { recursive: true });
    fs.writeFileSync(path.join(rootfs, "etc/ssl/certs/ca-certificates.crt"), "IMAGE\n");
    await makeDisk(record, PLAIN, state);
    trust(record.id, "RACK\n", rootfs, state);
    trust(record.id, "RACK\n", rootfs, state);
    expect(file("etc/ssl/certs/ca-certificates.crt")).toBe("IMAGE\nRACK\n");
    expect(file("usr/local/share/ca-certificates/rack.crt")).toBe("RACK\n");
  });
  it("is found again by a restarted daemon, but not one whose making was interrupted", async () => {
    await makeDisk(record, PLAIN, state);
    expect(readEntries(state)).toEqual([]);
    writeEntry({ record, label: "demo-cp-0", power: "off", layers: [], boots: 0 }, state);
    expect(readEntries(state)).toEqual([{ record, label: "demo-cp-0", power: "off", layers: [], boots: 0 }]);
  });
});

describe("a machine's name on the host", () => {
  it("is its host name, unless the machine that it replaces still has that", () => {
    expect(labelFor(record, [])).toBe("demo-cp-0");
    expect(labelFor({ ...record, index: 3 }, ["demo-cp-0"])).toBe("demo-cp-0-3");
    expect(labelFor(bare, ["arp-cp-0"])).toBe("arp-cp-0-b21");
  });
  it("cannot lead out of the directories that it names", () => {
    expect(() => labelFor({ ...record, hostname: "../x" }, [])).toThrow(/expected letters, digits, dots and dashes/);
  });
});

it("a command is run inside a machine with the machine's environment, not the caller's", () => {
  const argv = enterArgv(42, ["/a", "/b"], ["hostname", "-f"]);
  expect(argv.slice(2, 6)).toEqual(["/a:/b", "nsenter", "--target", "42"]);
  expect(argv.slice(argv.indexOf("env"))).toContain("-i");
  expect(argv.slice(-2)).toEqual(["hostname", "-f"]);
});

it("a process is told from a later one with the same pid", () => {
  const self = identify(process.pid);
  expect(self && isAlive(self)).toBe(true);
  expect(self && isAlive({ ...self, started: "1" })).toBe(false);
});

it("the command line of a process that ended meanwhile is nothing, not an error", () => {
  const { pid } = spawnSync("true");
  expect(commandLineOf(pid)).toBeUndefined();
  expect(commandLineOf(process.pid)).toContain("node");
});
