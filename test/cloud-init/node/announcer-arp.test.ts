import { expect } from "vitest";

import { arpMachine, VIP } from "./announcer-arp-machine";
import { announced, announcing, type AnnouncingMachine, testOf, until, withdrawn } from "./announcer-machine";

const test = testOf(arpMachine);
/** What listens for another machine's word; the heartbeats are a program of perl's, too. */
const listeners = (machine: AnnouncingMachine) => machine.calls("perl").filter(call => call.includes("heard.pl"));

const credential = (machine: AnnouncingMachine) =>
  /\/etc\/kubernetes\/(super-)?admin\.conf","type":"File/.exec(
    machine.read("etc/kubernetes/manifests/kube-vip.json").replace(/\s/g, ""),
  )?.[1] ?? "";
/** The peers that were asked to free the lease, in order. */
const asked = (machine: AnnouncingMachine) =>
  machine
    .calls("curl")
    .filter(call => call.includes("PATCH"))
    .map(call => /https:\/\/([\d.]+):/.exec(call)?.[1]);

const editLease = (machine: AnnouncingMachine) =>
  machine.set(
    "etc/rackplane/node.json",
    machine.read("etc/rackplane/node.json").replace('"leaseSeconds":5', '"leaseSeconds":6'),
  );

/** Whether the machine gave its address away, and only after another one had told the network that it has it. */
const gaveAwayAfterTheWord = (machine: AnnouncingMachine) => {
  const calls = machine.calls("");
  const word = calls.indexOf("word");
  return word >= 0 && calls.findIndex(call => call.startsWith("ip addr del")) > word;
};

test("the interface is found by the machine's address", async machine => {
  await announcing(machine);
  expect(JSON.stringify(machine.manifest())).toContain('"vip_interface","value":"bond0"');
});

test("a withdrawal takes the address off the interface and frees the lease through a peer", async machine => {
  await announcing(machine);
  machine.set("vip");

  machine.unset("healthy");
  await withdrawn(machine);
  await until(() => machine.read("lease") === "", "the lease");

  expect(machine.exists("vip")).toBe(false);
  expect(machine.calls("ip addr del")).toContain(`ip addr del ${VIP}/32 dev bond0`);
  expect(asked(machine)).toEqual(["10.70.17.11"]);
});

test("a machine that shuts down keeps the address until another one has told the network, and kube-vip cannot take it away", async machine => {
  await announcing(machine);
  machine.set("vip");
  machine.set("successor", "demo-cp-1");
  const kubeVip = await machine.kubeVip(VIP, true);
  await machine.shutDown();
  expect([machine.announced, machine.exists("vip"), machine.read("lease")]).toEqual([false, false, "demo-cp-1"]);
  expect(gaveAwayAfterTheWord(machine)).toBe(true);
  expect(kubeVip.signalCode).toBe("SIGKILL");
});

test("an edit keeps the address until another machine has told the network, and no client waits", async machine => {
  await announcing(machine);
  machine.set("vip");
  machine.set("successor", "demo-cp-1");
  editLease(machine);
  await machine.restart();
  await until(() => machine.read("lease") === "demo-cp-1", "the lease");
  await until(() => !machine.exists("vip"), "the address to be given away");
  expect(gaveAwayAfterTheWord(machine)).toBe(true);
  // Its own questions by ARP would lead clients back to it while two machines have the address.
  expect(machine.calls("sysctl")).toContain("sysctl -qw net/ipv4/conf/bond0/arp_announce=2");
});

test("an edit keeps the address until the word of a machine that leads already, too", async machine => {
  await announcing(machine);
  machine.set("vip");
  machine.set("lease", "demo-cp-2");
  machine.set("successor", "demo-cp-2");
  editLease(machine);
  await machine.restart();
  await until(() => !machine.exists("vip"), "the address to be given away");
  expect(gaveAwayAfterTheWord(machine)).toBe(true);
});

test("an edit is left to the process that is started with it: the one that runs takes nothing away meanwhile", async machine => {
  await announcing(machine);
  machine.set("vip");
  const before = machine.nonce;
  editLease(machine);
  // Every fifth probe looks after what is announced.
  await machine.probes(12);
  expect([machine.nonce, machine.exists("vip")]).toEqual([before, true]);
});

test("an edit of a machine whose API server is dead waits for no successor", async machine => {
  await announcing(machine);
  machine.set("vip");
  machine.unset("healthy");
  editLease(machine);
  await machine.restart();
  await until(() => !machine.exists("vip"), "the address to be given away");
  expect(listeners(machine)).toEqual([]);
});

test("a machine that shuts down and finds no successor gives address and lease away all the same", async machine => {
  await announcing(machine);
  machine.set("vip");
  await machine.shutDown();
  expect([machine.announced, machine.exists("vip"), machine.read("lease")]).toEqual([false, false, ""]);
});

test("a machine that shuts down without the address waits for nothing", async machine => {
  machine.set("lease", "demo-cp-2");
  await announcing(machine);
  await machine.shutDown();
  expect([machine.announced, machine.read("lease")]).toEqual([false, "demo-cp-2"]);
  expect(listeners(machine)).toEqual([]);
});

test("a shutdown that is called off, or that keeps /run, silences nobody for longer", async machine => {
  await announcing(machine);
  await machine.shutDown();
  machine.unset("shutting-down");
  machine.start();
  await announced(machine);
});

test("a restart of the announcer changes nothing", async machine => {
  await announcing(machine);
  const before = machine.nonce;
  await machine.restart();
  await machine.probes(3);
  expect([machine.nonce, machine.read("lease")]).toEqual([before, "demo-cp-0"]);
});

test("a peer that is dead too is passed over", async machine => {
  machine.set("peers", "10.70.17.13\n");
  await announcing(machine);
  machine.unset("healthy");

  await until(() => machine.read("lease") === "", "the lease");
  expect(asked(machine)).toEqual(["10.70.17.11", "10.70.17.13"]);
});

test("another machine's lease stays its own", async machine => {
  machine.set("lease", "demo-cp-2");
  await announcing(machine);
  machine.unset("healthy");
  await withdrawn(machine);

  await until(() => machine.read("run/rackplane/announcing").startsWith("no "), "the state");
  expect(machine.read("lease")).toBe("demo-cp-2");
  expect(asked(machine)).toEqual(["10.70.17.11"]);
});

test("no answer of any peer keeps nothing from being withdrawn", async machine => {
  machine.set("peers", "");
  await announcing(machine);
  machine.unset("healthy");

  await withdrawn(machine);
  await until(() => machine.read("run/rackplane/announcing").startsWith("no "), "the state");
  expect(machine.read("lease")).toBe("demo-cp-0");
});

test("a machine that does not lead is left alone: it has no address, and that is well", async machine => {
  machine.set("healthy");
  await machine.kubeVip(VIP);
  machine.start({ RACKPLANE_PATIENCE_US: "300000" });
  await announced(machine);
  const first = machine.nonce;
  await machine.probes(20);
  expect(machine.nonce).toBe(first);
});

test("while the cluster forms kube-vip works with super-admin.conf, and goes over to admin.conf afterwards", async machine => {
  machine.set("run/rackplane/forming");
  machine.set("etc/kubernetes/super-admin.conf");
  await announcing(machine);
  expect(credential(machine)).toBe("super-");

  machine.unset("run/rackplane/forming");
  await until(() => machine.announced && credential(machine) === "", "admin.conf");
});

test("without the mark of a formation a left-over super-admin.conf is not used", async machine => {
  machine.set("etc/kubernetes/super-admin.conf");
  await announcing(machine);
  expect(credential(machine)).toBe("");
});
