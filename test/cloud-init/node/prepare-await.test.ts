import { afterEach, beforeEach, expect, test } from "vitest";

import { FakeMachine } from "./prepare-machine";

let machine: FakeMachine;
beforeEach(async () => {
  machine = await FakeMachine.boot();
  machine.write("etc/ssh/ssh_host_ed25519_key.pub", "ssh-ed25519 AAAAC3Nz root@image\n");
});
afterEach(() => machine.end());

/** Lines of the status file as prepare writes them, `at` seconds after the epoch. */
const line = (at: number, step: string, state: string, message: string, verb = "prepare") =>
  `${at}.000000\t${verb}\t${step}\t${state}\t${message}\n`;
const status = (...lines: string[]) => machine.write("var/lib/rackplane/status", lines.join(""));
const started = () => machine.write("run/rackplane/preparing", "");

test("a prepared machine answers with its host key alone on standard output, its progress on standard error", async () => {
  started();
  status(
    line(1, "prepare", "start", "begin"),
    line(2, "images", "wait", "5 images"),
    line(3, "x", "done", "other", "member"),
  );
  machine.write("run/rackplane/prepared", "");

  const { code, stdout, stderr } = await machine.run("await", "prepared");

  expect(code).toBe(0);
  expect(stdout).toBe("ssh-ed25519 AAAAC3Nz\n");
  expect(stderr).toMatch(/images: wait: 5 images/);
  expect(stderr).not.toContain("other");
});

test("asked before the preparation has started, it waits and then follows", async () => {
  // The last boot's, until prepare begins.
  status(line(1, "old", "failed", "last boot"));
  const waiting = machine.run("await", "prepared", "20");

  await new Promise(tick => setTimeout(tick, 300));
  await machine.run("prepare");

  const { code, stderr } = await waiting;
  expect(code).toBe(0);
  expect(stderr).not.toContain("last boot");
  expect(stderr).toMatch(/peer-routes: done/);
});

test("a preparation that systemd gave up ends it with the journal's last lines", async () => {
  started();
  status(line(1, "prepare", "start", "begin"), line(5, "kernel", "failed", "no forwarding"));
  machine.write("journal", "kernel: what went wrong\n");
  const waiting = machine.run("await", "prepared", "20");
  await new Promise(tick => setTimeout(tick, 300));
  machine.write("unit-failed", "");

  const { code, stdout, stderr } = await waiting;
  expect(code).toBe(1);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/not prepared: prepare failed; last progress: kernel: failed: no forwarding/);
  expect(stderr).toContain("what went wrong");
});

test("a step that waited for minutes in vain ends it at once, a quick failure is left to systemd's next attempt", async () => {
  started();
  status(line(1000, "prepare", "start", "begin"), line(1900, "bgp-neighbors", "failed", "waited 900 s"));
  expect((await machine.run("await", "prepared", "20")).code).toBe(1);

  status(line(1000, "prepare", "start", "begin"), line(1003, "packages", "failed", "mirror is down"));
  const { code, stderr } = await machine.run("await", "prepared", "1");
  expect(code).toBe(1);
  expect(stderr).toMatch(/waited 1 s for it; last progress: packages: failed: mirror is down/);
});

test("a preparation that had failed before is started again, and its old failure is not taken for a new one", async () => {
  started();
  status(line(1000, "prepare", "start", "begin"), line(1900, "bgp-neighbors", "failed", "waited 900 s"));
  machine.write("unit-failed", "");

  const { code, stderr } = await machine.run("await", "prepared", "1");

  expect(code).toBe(1);
  expect(stderr).toMatch(/prepare had failed on this machine; starting it again/);
  expect(stderr).toMatch(/waited 1 s for it/);
  expect(machine.calls("systemctl start --no-block rackplane-prepare.service")).toHaveLength(1);
});

test("a machine without a host key of its own is told how to make one", async () => {
  started();
  machine.write("run/rackplane/prepared", "");
  machine.remove("etc/ssh/ssh_host_ed25519_key.pub");

  const { code, stderr } = await machine.run("await", "prepared");
  expect(code).toBe(1);
  expect(stderr).toMatch(/has no \S+ssh_host_ed25519_key\.pub.*ssh-keygen -A/);
});
