import * as path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

import { bareProgramFile, bootFiles } from "../../../cloud-init/program";
import { FakeMachine, metadata, quick } from "./prepare-machine";

let machine: FakeMachine;
beforeEach(async () => void (machine = await FakeMachine.boot()));
afterEach(() => machine.end());

const STEPS = [
  "tools",
  "metadata",
  "kernel",
  "packages",
  "cni-plugins",
  "containerd",
  "images",
  "bgp-neighbors",
  "peer-routes",
];

test("a fresh machine runs every step in order and is prepared", async () => {
  machine.answers = [metadata({ user_state_url: `${machine.url}/events` })];

  const { code } = await machine.run("prepare");

  expect(code).toBe(0);
  const states = machine.progress().map(line => line.split(" ").slice(0, 2).join(" "));
  expect(states).toEqual([
    "prepare start",
    ...STEPS.flatMap(step => [`${step} start`, `${step} done`]),
    "prepare done",
  ]);
  expect(machine.exists("run/rackplane/prepared")).toBe(true);
  // They may hold the BGP password.
  for (const file of ["machine.json", "metadata.json"]) expect(machine.mode(`var/lib/rackplane/${file}`)).toBe("600");
});

test("at a reboot the routes come back and nothing is downloaded, restarted or pulled", async () => {
  await machine.run("prepare");
  const before = machine.read("var/lib/rackplane/status");
  machine.reboot();

  const { code } = await machine.run("prepare");

  expect(code).toBe(0);
  // The status file is of this boot, and the last boot's is kept.
  expect(machine.progress().filter(line => line.startsWith("prepare start"))).toHaveLength(1);
  expect(machine.read("var/lib/rackplane/status.last")).toBe(before);
  expect(machine.calls("ip route replace")).toHaveLength(2);
  expect(machine.calls("apt-get")).toEqual([]);
  expect(machine.calls("ctr -n k8s.io images pull")).toEqual([]);
  expect(machine.calls("systemctl restart")).toEqual([]);
});

test("an edit that a power cut ended is taken back before its settings are used", async () => {
  await machine.run("prepare");
  const before = machine.read("etc/rackplane/node.json");
  machine.write("var/lib/rackplane/previous/etc/rackplane/node.json", before);
  machine.write("etc/rackplane/node.json", JSON.stringify({ ...quick(machine.url), schema: 2 }));
  machine.reboot();

  expect((await machine.run("prepare")).code).toBe(0);
  expect(machine.read("etc/rackplane/node.json")).toBe(before);
  expect(machine.exists("var/lib/rackplane/previous")).toBe(false);
});

test("a preparation that is run again while an edit is carried out leaves it alone", async () => {
  await machine.run("prepare");
  machine.write("var/lib/rackplane/previous/etc/rackplane/node.json", "{}");

  expect((await machine.run("prepare")).code).toBe(0);
  expect(machine.exists("var/lib/rackplane/previous")).toBe(true);
});

test("the platform's event log shows the same progress", async () => {
  machine.answers = [metadata({ user_state_url: `${machine.url}/events` })];

  await machine.run("prepare");

  expect(machine.events[0]).toMatchObject({ state: "running", code: 1011, message: "metadata: done" });
  expect(machine.events.at(-1)).toMatchObject({ state: "succeeded", message: "prepared" });
  for (const { code } of machine.events) expect(code).toSatisfy((n: number) => n >= 1000 && n <= 1099);
});

test("an event log that does not answer neither fails the boot nor is asked again", async () => {
  machine.answers = [metadata({ user_state_url: "http://127.0.0.1:9/events" })];

  expect((await machine.run("prepare")).code).toBe(0);
});

test("a failed step ends the boot, is told to the platform, and the machine is not prepared", async () => {
  machine.answers = [metadata({ user_state_url: `${machine.url}/events`, bgp_neighbors: [] })];

  const { code } = await machine.run("prepare");

  expect(code).toBe(1);
  expect(machine.progress().at(-1)).toMatch(/^bgp-neighbors failed waited 1 s for an IPv4 entry of bgp_neighbors/);
  expect(machine.events.at(-1)).toMatchObject({ state: "failed", code: 1072 });
  expect(machine.exists("run/rackplane/prepared")).toBe(false);
});

test("a step that ends without a word of its own is named", async () => {
  machine.write("broken/swapoff", "swapoff: Cannot allocate memory\n");

  const { code, stderr } = await machine.run("prepare");

  expect(code).toBe(1);
  expect(stderr).toContain("Cannot allocate memory");
  expect(machine.progress().at(-1)).toBe(
    "kernel failed steps/kernel.sh ended with status 1; what it said is in 'journalctl -u rackplane-prepare'",
  );
});

test("a node document of another version is refused", async () => {
  machine.write("etc/rackplane/node.json", JSON.stringify({ ...quick(machine.url), schema: 2 }));

  expect((await machine.run("prepare")).code).toBe(1);
  expect(machine.progress().at(-1)).toMatch(/node\.json has schema 2; this program knows schema 1: send both anew/);
});

test("an unknown verb is answered with the verbs there are", async () => {
  const { code, stderr } = await machine.run("dance");

  expect(code).toBe(64);
  expect(stderr).toMatch(/there is no verb 'dance'/);
  expect(stderr).toMatch(/^ {2}prepare {2,}makes this machine ready/m);
  expect(stderr).toMatch(/^ {2}await prepared \[SECONDS\]/m);
});

test("installing makes systemd know the units once, and starts the preparation without waiting for it", async () => {
  await machine.run("install");
  await machine.run("install");

  expect(machine.calls("systemctl daemon-reload")).toHaveLength(1);
  expect(machine.calls("systemctl start --no-block rackplane-prepare.service")).toHaveLength(2);
  expect(machine.read("etc/tmpfiles.d/rackplane.conf")).toContain("r! /etc/kubernetes/manifests/kube-vip.json");
  expect(machine.exists("etc/systemd/system/rackplane-announcer.service")).toBe(true);
  expect(machine.read("etc/systemd/system/cri-containerd-.scope.d/50-rackplane.conf")).toContain(
    "Before=rackplane-announcer.service",
  );
});

test("installing what a machine boots with says nothing: what comes with the first grant is not missed", async () => {
  machine.bundle = path.join(machine.root, "opt/rackplane");
  for (const file of bootFiles()) machine.write(`opt/rackplane/${file}`, bareProgramFile(file));
  expect(await machine.run("install")).toEqual({ code: 0, stdout: "", stderr: "" });
});
