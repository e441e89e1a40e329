import { expect } from "vitest";

import type { Announcer, NodeSpec } from "../../../cloud-init/contract/node";
import { AnnouncingMachine, holding, testOf, until } from "./announcer-machine";

const announcer = {
  kind: "kube-vip-bgp",
  speaker: "bird",
  bfd: { intervalSeconds: 0.25, multiplier: 3 },
  holdSeconds: 3,
  keepaliveSeconds: 1,
  probeSeconds: 0.1,
  peers: [{ address: "169.254.255.1", as: 65530, multihop: true }],
  localAs: 65000,
} as const satisfies Announcer;

const machineWith = (changes: Partial<NodeSpec> = {}) => {
  const machine = new AnnouncingMachine({ machine: { kind: "ssh" }, announcer, ...changes });
  machine.unset("var/lib/rackplane/machine.json");
  machine.set("etc/rackplane/identity.json", JSON.stringify({ name: "demo-cp-9", address: "10.70.17.9" }));
  machine.set("var/lib/rackplane/secrets.json", JSON.stringify({ md5: { "169.254.255.1": "Secret12345" } }));
  return machine;
};
const test = testOf(machineWith);

const state = (machine: AnnouncingMachine) =>
  machine.exists("run/rackplane/announcing") ? machine.read("run/rackplane/announcing").split(" ")[0] : undefined;
const says = (machine: AnnouncingMachine, word: "yes" | "no") => until(() => state(machine) === word, `"${word}"`);
const runs = (machine: AnnouncingMachine) => until(() => machine.exists("active/rackplane-bird.service"), "BIRD");
async function announcing(machine: AnnouncingMachine): Promise<void> {
  machine.set("healthy");
  machine.start();
  await says(machine, "yes");
}
const line = (machine: AnnouncingMachine, call: string) =>
  machine
    .read("calls")
    .split("\n")
    .findIndex(entry => entry.includes(call));

test("BIRD runs before anything answers, and the VIP is on lo only once the API server is ready", async machine => {
  machine.start();
  await runs(machine);
  await machine.probes(3);
  expect(machine.exists("vip")).toBe(false);
  expect(state(machine)).toBe("no");

  machine.set("healthy");
  await says(machine, "yes");
  expect(machine.exists("vip")).toBe(true);
  expect(machine.calls("ip addr add")).toEqual(["ip addr add 203.0.113.1/32 dev lo"]);
});

test("an address that is left over goes before BIRD starts, which would announce it", async machine => {
  machine.set("vip");
  machine.start();
  await runs(machine);
  expect(machine.exists("vip")).toBe(false);
  expect(line(machine, "ip addr del 203.0.113.1/32 dev lo")).toBeLessThan(line(machine, "systemctl start"));
});

test("the first failed answer takes the address away at once, and BIRD runs on", async machine => {
  await announcing(machine);
  machine.unset("healthy");
  await says(machine, "no");

  expect(machine.exists("vip")).toBe(false);
  expect(machine.calls("systemctl stop")).toEqual([]);
  expect(machine.calls("birdc").filter(call => call.endsWith("disable vip"))).toEqual([]);
});

test("after a withdrawal two seconds of good answers come first", async machine => {
  await announcing(machine);
  machine.unset("healthy");
  await says(machine, "no");

  machine.set("healthy");
  const back = Date.now();
  await says(machine, "yes");
  expect(Date.now() - back).toBeGreaterThan(1900);
});

test("a verb that holds the VIP back: the neighbours hear of it while the address is still here", async machine => {
  await announcing(machine);
  const verb = holding(machine);
  try {
    await says(machine, "no");
    const [told, gone] = [line(machine, "disable vip"), line(machine, "ip addr del")];
    expect(told).toBeGreaterThan(0);
    expect(told).toBeLessThan(gone);
    // A BIRD that starts anew, and the next announcement, find it switched on.
    expect(machine.exists("vip-disabled")).toBe(false);
    machine.unset("run/rackplane/held-back");
    await says(machine, "yes");
  } finally {
    verb.end();
  }
});

test("a machine that shuts down gives the VIP away in the same order, and does not take it again", async machine => {
  await announcing(machine);
  await machine.shutDown();
  expect(line(machine, "disable vip")).toBeLessThan(line(machine, "ip addr del"));
  expect(machine.exists("vip")).toBe(false);
});

test("a restart of the announcer takes the announcement over and tells BIRD nothing", async machine => {
  await announcing(machine);
  await machine.restart();
  await machine.probes(3);

  expect(machine.exists("vip")).toBe(true);
  expect(machine.calls("ip addr del")).toEqual([]);
  expect(machine.calls("systemctl reload")).toEqual([]);
  expect(state(machine)).toBe("yes");
});

test("an announcer that was ended while it gave the VIP away does not count as announcing", async machine => {
  machine.set("vip");
  machine.set("vip-disabled");
  machine.set("active/rackplane-bird.service");
  machine.start();
  await until(() => !machine.exists("vip"), "the removal");
  expect(machine.exists("vip-disabled")).toBe(false);
  expect(state(machine)).toBe("no");
});

test("an address that was taken off lo comes back at the next look", async machine => {
  await announcing(machine);
  machine.unset("vip");
  await until(() => machine.exists("vip"), "the address");
  expect(machine.read("var/lib/rackplane/status")).toContain("203.0.113.1 was gone from lo and is back");
});

test("a BIRD that was ended is started again, with the VIP where it was", async machine => {
  await announcing(machine);
  machine.unset("active/rackplane-bird.service");
  await runs(machine);
  expect(machine.calls("ip addr del")).toEqual([]);
});

test("another neighbour is told to the running BIRD by a reload, and nothing is withdrawn", async machine => {
  await announcing(machine);
  const node = JSON.parse(machine.read("etc/rackplane/node.json")) as NodeSpec;
  const peers = [...announcer.peers, { address: "169.254.255.2", as: 65530, multihop: true }];
  machine.set("etc/rackplane/node.json", JSON.stringify({ ...node, announcer: { ...announcer, peers } }));
  await machine.restart();
  await until(() => machine.calls("systemctl reload").length === 1, "the reload");

  expect(machine.read("etc/rackplane/bird.conf")).toContain("neighbor 169.254.255.2 as 65530;");
  expect(machine.calls("systemctl restart")).toEqual([]);
  expect(machine.calls("ip addr del")).toEqual([]);
});

test("the MD5 password is in a file for root alone, and in no call and no message", async machine => {
  await announcing(machine);
  expect(machine.read("etc/rackplane/bird.conf")).toContain('password "Secret12345";');
  expect(machine.mode("etc/rackplane/bird.conf")).toBe("600");
  machine.unset("healthy");
  await says(machine, "no");
  expect(machine.read("var/lib/rackplane/status") + machine.read("calls")).not.toContain("Secret12345");
});

test("sessions are made from the address of the interface that is named, which may hold the VIP, too", async machine => {
  const node = JSON.parse(machine.read("etc/rackplane/node.json")) as NodeSpec;
  machine.set(
    "etc/rackplane/node.json",
    JSON.stringify({ ...node, announcer: { ...announcer, source: { interface: "lo" } } }),
  );
  const addresses = [
    { local: "127.0.0.1", scope: "host" },
    { local: "203.0.113.1", scope: "global" },
    { local: "10.255.0.9", scope: "global" },
  ];
  machine.set("links", JSON.stringify([{ ifname: "lo", addr_info: addresses }]));
  machine.start();
  await runs(machine);
  expect(machine.read("etc/rackplane/bird.conf")).toContain("local 10.255.0.9 as 65000;");
  expect(machine.read("etc/rackplane/bird.conf")).toContain("router id 10.70.17.9;");
});
