import { afterEach, beforeEach, expect, test } from "vitest";

import { toldHostKey } from "../../../cloud-init/contract/host-key";
import { FakeMachine, HOST_KEY, metadata } from "./prepare-machine";

let machine: FakeMachine;
beforeEach(async () => {
  machine = await FakeMachine.boot();
  machine.answers = [metadata({ user_state_url: `${machine.url}/events` })];
});
afterEach(() => machine.end());

const told = () => machine.events.flatMap(({ message }) => toldHostKey(String(message)) ?? []);
const inProgress = (words: RegExp) => expect(machine.progress()).toContainEqual(expect.stringMatching(words));

test("a machine tells its platform its SSH host key, in a form that the program reads, under a code of its own", async () => {
  await machine.run("prepare");

  expect(told()).toEqual([HOST_KEY]);
  const [event] = machine.events.filter(({ code }) => code === 1099);
  expect(event).toMatchObject({ state: "running", message: `rackplane host key: ${HOST_KEY}` });
});

test("it does so once in its life: another key, which any program could post later, is not told", async () => {
  await machine.run("prepare");
  machine.reboot();
  machine.write("etc/ssh/ssh_host_ed25519_key.pub", HOST_KEY.replace(/.{4}$/, "beef"));
  await machine.run("prepare");

  expect(told()).toEqual([HOST_KEY]);
});

test("a key that was not taken is told at the next boot", async () => {
  machine.answers = [metadata({ user_state_url: "http://127.0.0.1:9/events" })];
  expect((await machine.run("prepare")).code).toBe(0);
  inProgress(
    /^metadata wait the platform's event log 'http:\/\/127\.0\.0\.1:9\/events' takes no host key of this machine$/,
  );

  machine.reboot();
  machine.answers = [metadata({ user_state_url: `${machine.url}/events` })];
  await machine.run("prepare");
  expect(told()).toEqual([HOST_KEY]);
});

test("a platform without an event log does not fail the boot, and the machine says so", async () => {
  machine.answers = [metadata()];
  expect((await machine.run("prepare")).code).toBe(0);
  inProgress(/^metadata wait the platform's event log '' takes no host key of this machine$/);
});
