import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "vitest";

import { arpMachine, roster, VIP } from "./announcer-arp-machine";
import { announced, announcing, type AnnouncingMachine, testOf, until, withdrawn } from "./announcer-machine";

/** The holder is another machine, and this one's own API server takes patches. */
const test = testOf(() => {
  const machine = arpMachine();
  machine.set("lease", "demo-cp-1");
  machine.set("peers", "10.70.17.9\n");
  return machine;
});

/** In microseconds, as the announcer counts. */
const uptime = () => Math.floor(Number(fs.readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 1e6);

/** The heartbeats say a word, so many seconds ago; usually one that does not grow old on a busy host. */
const say = (machine: AnnouncingMachine, words: string, secondsAgo = -60) =>
  fs.appendFileSync(path.join(machine.root, "said"), `${words} ${uptime() - secondsAgo * 1e6}\n`);

const patches = (machine: AnnouncingMachine) => machine.calls("curl").filter(call => call.includes("PATCH"));
const looks = (machine: AnnouncingMachine) =>
  machine.calls("curl").filter(call => call.endsWith("/leases/plndr-cp-lock") && !call.includes("PATCH"));
const beats = (machine: AnnouncingMachine) => machine.calls("perl").filter(call => call.includes("heartbeats.pl"));

test("the heartbeats are told of this machine and of every other one of the roster", async machine => {
  await announcing(machine);
  await until(() => beats(machine).length === 1, "the heartbeats");
  expect(beats(machine)[0]).toMatch(
    new RegExp(
      `heartbeats.pl bond0 ${VIP} 6443 .*/run/rackplane .*/manifests/kube-vip.json demo-cp-0 demo-cp-1=10.70.17.11 demo-cp-2=10.70.17.13$`,
    ),
  );
});

test("the lease of a holder that a majority hears nothing of is freed", async machine => {
  await announcing(machine);
  say(machine, "suspect demo-cp-1");
  await until(() => looks(machine).length === 1, "the look at the lease");
  say(machine, "silent demo-cp-1");
  await until(() => machine.read("lease") === "", "the lease");
  expect(machine.announced).toBe(true);
});

test("a suspicion alone frees nothing", async machine => {
  await announcing(machine);
  say(machine, "suspect demo-cp-1");
  await until(() => looks(machine).length === 1, "the look at the lease");
  await machine.probes(10);
  expect([patches(machine), machine.read("lease")]).toEqual([[], "demo-cp-1"]);
});

test("a holder whose kube-vip has renewed the lease since it was suspected keeps it", async machine => {
  await announcing(machine);
  say(machine, "suspect demo-cp-1");
  await until(() => looks(machine).length === 1, "the look at the lease");
  machine.set("lease-version", "701");
  say(machine, "silent demo-cp-1");
  await until(() => patches(machine).length === 1, "the patch");
  await machine.probes(5);
  expect([patches(machine).length, machine.read("lease")]).toEqual([1, "demo-cp-1"]);
});

test("a machine that is silent and does not hold the lease loses nothing", async machine => {
  machine.set("lease", "demo-cp-2");
  await announcing(machine);
  say(machine, "suspect demo-cp-1");
  say(machine, "silent demo-cp-1");
  say(machine, "silent demo-cp-1");
  await until(() => looks(machine).length === 3, "three looks at the lease");
  await machine.probes(3);
  expect([patches(machine), machine.read("lease")]).toEqual([[], "demo-cp-2"]);
});

test("a word that is a second old frees nothing", async machine => {
  await announcing(machine);
  say(machine, "suspect demo-cp-1", 2);
  await until(() => looks(machine).length === 1, "the look at the lease");
  say(machine, "silent demo-cp-1", 1.5);
  await machine.probes(10);
  expect(patches(machine)).toEqual([]);
});

test("a patch that is not answered, as while etcd elects a leader, is tried again with the next word", async machine => {
  machine.set("peers", "");
  await announcing(machine);
  say(machine, "suspect demo-cp-1");
  say(machine, "silent demo-cp-1");
  await until(() => patches(machine).length === 1, "the first patch");
  machine.set("peers", "10.70.17.9\n");
  say(machine, "silent demo-cp-1");
  await until(() => machine.read("lease") === "", "the lease");
});

test("a machine that is cut off announces nothing and asks nobody, until it is heard again", async machine => {
  machine.set("lease", "demo-cp-0");
  await announcing(machine);
  await until(() => beats(machine).length === 1, "the heartbeats");
  machine.set("vip");
  machine.set("run/rackplane/cut-off");
  say(machine, "cut-off");
  await withdrawn(machine);
  await until(() => machine.read("run/rackplane/announcing").startsWith("no "), "the state");
  expect([machine.exists("vip"), patches(machine)]).toEqual([false, []]);

  machine.unset("run/rackplane/cut-off");
  say(machine, "heard");
  await announced(machine);
});

test("two machines have no majority without one of them, so nothing beats", async machine => {
  machine.set("etc/rackplane/roster.json", roster(2));
  await announcing(machine);
  await machine.probes(10);
  expect(beats(machine)).toEqual([]);
});

test("heartbeats that end at once are no busy loop, stop no announcement, and begin anew", async machine => {
  machine.set("mute");
  await announcing(machine);
  await machine.probes(20);
  expect(machine.announced).toBe(true);
  expect(beats(machine).length).toBeGreaterThan(1);
  expect(beats(machine).length).toBeLessThan(12);
  machine.unset("mute");
  say(machine, "suspect demo-cp-1");
  await until(() => looks(machine).length === 1, "the look at the lease");
});

test("a roster that has changed is beaten for", async machine => {
  await announcing(machine);
  await until(() => beats(machine).length === 1, "the heartbeats");
  machine.set("etc/rackplane/roster.json", roster(5));
  await until(() => beats(machine).length === 2, "new heartbeats");
  expect(beats(machine)[1]).toMatch(/demo-cp-4=10\.70\.17\.17$/);
  expect(machine.announced).toBe(true);
});

test("a left-over mark of a run that has ended keeps nothing from being announced", async machine => {
  machine.set("etc/rackplane/roster.json", roster(1));
  machine.set("run/rackplane/cut-off");
  await announcing(machine);
  expect(machine.announced).toBe(true);
});
