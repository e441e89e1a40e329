import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { haproxyConfig } from "../../daemon/balancer";
import { BareMachines } from "../../daemon/bare-machines";
import { BareSessions } from "../../daemon/bare-sessions";
import type { MachineRecord, SwitchSession } from "../../host";
import type { MachineView, NamespaceMachines } from "../../machines/namespace-machines";
import { shareSwitches } from "../../network/shared-switches";
import { FakeSwitches } from "./metal-api.fakes";

/** Machines that are remembered; what nobody here asks for is not there. */
function fakeMachines(): NamespaceMachines & { made: MachineRecord[] } {
  const made: MachineRecord[] = [];
  const view = (record: MachineRecord): MachineView => ({
    record,
    label: record.hostname,
    power: "running",
    boots: 1,
    consoleFile: "",
    hostKey: "ssh-ed25519 KEY",
  });
  const fake: Partial<NamespaceMachines> = {
    create: async record => {
      made.push(record);
    },
    destroy: async id => {
      made.splice(
        made.findIndex(one => one.id === id),
        1,
      );
    },
    list: () => made.map(view),
    find: id => made.filter(one => one.id === id).map(view)[0]!,
  };
  return { ...fake, made } as NamespaceMachines & { made: MachineRecord[] };
}

describe("machines that exist", () => {
  it("are made once, however often and at once they are asked for", async () => {
    const machines = fakeMachines();
    const bare = new BareMachines(machines, () => "ssh-ed25519 AAAA");
    const asked = Array.from({ length: 3 }, () => bare.ensure({ name: "arp-cp-0", address: "10.71.0.21" }));
    expect((await Promise.all(asked)).map(({ hostKey }) => hostKey)).toEqual(Array(3).fill("ssh-ed25519 KEY"));
    expect(machines.made).toMatchObject([
      { hostname: "arp-cp-0", network: "lan", address: "10.71.0.21", mac: "02:00:00:71:00:15" },
    ]);
  });
  it("keep their name and address", async () => {
    const bare = new BareMachines(fakeMachines(), () => "ssh-ed25519 AAAA");
    await bare.ensure({ name: "arp-cp-0", address: "10.71.0.21" });
    await expect(bare.ensure({ name: "arp-cp-0", address: "10.71.0.22" })).rejects.toThrow(
      /found one of this name, 10.71.0.21; expected 10.71.0.22/,
    );
    expect(() => bare.ensure({ name: "../x", address: "10.71.0.22" })).toThrow(/expected a DNS label/);
    expect(() => bare.ensure({ name: "x", address: "192.0.2.2" })).toThrow(/10.71.0.2 to 10.71.0.254/);
  });
  it("go away with their address, and one that is not there is no error", async () => {
    const bare = new BareMachines(fakeMachines(), () => "ssh-ed25519 AAAA");
    await bare.ensure({ name: "arp-cp-0", address: "10.71.0.21" });
    expect(await bare.remove("arp-cp-0")).toBe("10.71.0.21");
    expect(await bare.remove("arp-cp-0")).toBeUndefined();
  });
  it("installed anew keep name and address and are another machine", async () => {
    const machines = fakeMachines();
    const bare = new BareMachines(machines, () => "ssh-ed25519 AAAA");
    const { record } = await bare.ensure({ name: "arp-cp-0", address: "10.71.0.21" });
    await bare.reinstall("arp-cp-0");
    expect(machines.made).toMatchObject([{ hostname: "arp-cp-0", address: "10.71.0.21" }]);
    expect(machines.made[0]?.id).not.toBe(record.id);
    await expect(bare.reinstall("nobody")).rejects.toThrow(/found none of this name/);
  });
});

describe("the switches, shared by the Metal API and machines that exist", () => {
  const session = (name: string): SwitchSession => ({
    name,
    address: "10.70.0.1",
    gateway: "10.70.0.0",
    legacy: false,
  });
  const names = (switches: FakeSwitches) => switches.last?.sessions.map(({ name }) => name);

  it("have the sessions and prefixes of both, whoever spoke last", async () => {
    const switches = new FakeSwitches();
    const party = shareSwitches(switches);
    const [metal, bare] = [party(), party()];
    await metal.configure([session("m0")], ["203.0.113.1/32"]);
    await bare.configure([session("b11")], ["203.0.113.200/32"]);
    await metal.configure([session("m1")], ["203.0.113.1/32"]);
    expect(names(switches)).toEqual(["m1", "b11"]);
    expect(switches.last?.prefixes).toEqual(["203.0.113.1/32", "203.0.113.200/32"]);
  });
  it("do not suffer from what they refused of the other", async () => {
    const switches = new FakeSwitches();
    const party = shareSwitches(switches);
    const [metal, bare] = [party(), party()];
    switches.answer = async () => {
      throw new Error("refused");
    };
    await expect(bare.configure([session("b11")], [])).rejects.toThrow("refused");
    switches.answer = async () => undefined;
    await metal.configure([session("m0")], []);
    expect(names(switches)).toEqual(["m0"]);
  });
});

describe("sessions of machines that exist", () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "rack-sessions-"));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  it("are each machine's one, read by root alone, and there again after a restart", async () => {
    const file = path.join(folder, "sessions.json");
    const before = new BareSessions(new FakeSwitches(), file);
    await before.put({ address: "10.71.0.11", prefix: "203.0.113.200/32" });
    await before.put({ address: "10.71.0.12", prefix: "203.0.113.200/32", direct: true, bfd: true });
    await before.put({ address: "10.71.0.11", prefix: "203.0.113.200/32", md5: "aA1bcdefghij" });
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    const switches = new FakeSwitches();
    const after = new BareSessions(switches, file);
    await after.restore();
    expect(switches.last).toEqual({
      prefixes: ["203.0.113.200/32"],
      sessions: [
        { name: "b12", address: "10.71.0.12", gateway: "10.71.0.1", legacy: true, bfd: true },
        { name: "b11", address: "10.71.0.11", gateway: "10.71.0.1", md5: "aA1bcdefghij", legacy: false },
      ],
    });
    await after.remove("10.71.0.12");
    expect(switches.last?.sessions).toHaveLength(1);
  });
});

describe("somebody else's balancer", () => {
  it("passes TCP on to API servers that are ready, and leaves quiet watches alone", () => {
    const config = haproxyConfig({
      address: "192.0.2.2",
      port: 6443,
      servers: [{ name: "external-cp-0", address: "10.71.0.61", port: 6443 }],
    });
    expect(config).toContain("bind 192.0.2.2:6443");
    expect(config).toContain("server external-cp-0 10.71.0.61:6443");
    expect(config).toContain("option httpchk GET /readyz");
    expect(config).toContain("timeout server 2h");
  });
  it("takes no word for a line", () => {
    const server = { name: "a", address: "10.71.0.61", port: 6443 };
    expect(() => haproxyConfig({ address: "192.0.2.2", port: 6443, servers: [{ ...server, name: "a\n" }] })).toThrow(
      /server name/,
    );
    expect(() => haproxyConfig({ address: "192.0.2.2", port: 6443, servers: [{ ...server, address: "x y" }] })).toThrow(
      /server address/,
    );
  });
});
