import { expect } from "vitest";

import type { Announcer } from "../../../cloud-init/contract/node";
import { ADMINISTRATOR, plainNode } from "../nodes";
import { announced, announcing, AnnouncingMachine, testOf, until, withdrawn } from "./announcer-machine";

/** A control-plane machine whose kube-vip announces over BGP, with two others in the roster. */
const test = testOf(() => {
  const machine = new AnnouncingMachine({ announcer: { ...plainNode.announcer, probeSeconds: 0.1 } as Announcer });
  machine.set(
    "etc/rackplane/roster.json",
    JSON.stringify([9, 11, 13].map((host, i) => ({ name: `demo-cp-${i}`, address: `10.70.17.${host}` }))),
  );
  machine.set("etc/kubernetes/admin.conf", ADMINISTRATOR);
  return machine;
});

const READ = "https://10.70.17.13:6443/api/v1/namespaces/default";
const status = (machine: AnnouncingMachine) => machine.read("var/lib/rackplane/status");
/** The questions to the other machines so far. */
const asked = (machine: AnnouncingMachine) => machine.calls("curl").filter(call => call.includes("--parallel"));

test("a machine that lives and is not ready withdraws while a peer serves, after two seconds of refusals", async machine => {
  await announcing(machine);
  machine.set("serving", `000 https://10.70.17.11:6443/\n200 ${READ}\n`);
  machine.set("unready");
  const begun = Date.now();
  await withdrawn(machine);
  expect(Date.now() - begun).toBeGreaterThan(1900);
  expect(Date.now() - begun).toBeLessThan(5900);
  await until(() => status(machine).includes("is not ready, and 10.70.17.13 is"), "the message");

  machine.unset("unready");
  await announced(machine);
});

test("the peers are asked at their own addresses, with this machine's certificate, at most 0.7 s, and not itself", async machine => {
  await announcing(machine);
  machine.set("unready");
  await until(() => asked(machine).length > 0, "the question");
  const [question] = asked(machine);
  expect(question).toContain("-m 0.7");
  expect(question).toMatch(/--cert \S+\/run\/rackplane\/administrator\.pem/);
  expect(machine.read("run/rackplane/administrator.pem")).toBe("CERT\nKEY\n");
  expect(question?.match(/https:\/\/[\d.]+/g)).toEqual(["https://10.70.17.11", "https://10.70.17.13"]);
});

test("no machine withdraws because none is ready", async machine => {
  await announcing(machine);
  const first = machine.nonce;
  machine.set("serving", "500 https://10.70.17.11:6443/\n000 https://10.70.17.13:6443/\n");
  machine.set("unready");
  await until(() => asked(machine).length > 20, "twenty questions");
  expect(machine.nonce).toBe(first);
});

test("an election of etcd, which ends on all machines at once, withdraws none", async machine => {
  await announcing(machine);
  const first = machine.nonce;
  machine.set("unready");
  await until(() => asked(machine).length > 0, "the question");
  // A peer that serves has it from the same new leader.
  machine.unset("unready");
  machine.set("serving", `200 ${READ}\n`);
  await machine.probes(10);
  expect(machine.nonce).toBe(first);
});

test("silence about readiness is no refusal: a busy machine stays", async machine => {
  await announcing(machine);
  const first = machine.nonce;
  machine.set("serving", `200 ${READ}\n`);
  machine.set("slow-ready");
  await machine.probes(40);
  expect(machine.nonce).toBe(first);
  expect(asked(machine)).toEqual([]);
});

test("where its certificate is refused it asks for readiness, and waits until an old answer cannot be one", async machine => {
  await announcing(machine);
  machine.set("serving", `401 ${READ}\n200 https://10.70.17.11:6443/readyz\n`);
  machine.set("unready");
  const begun = Date.now();
  await withdrawn(machine);
  expect(Date.now() - begun).toBeGreaterThan(5900);
});

test("a server that has only just started, between two looks, withdraws at once while a peer serves", async machine => {
  await announcing(machine);
  machine.set("serving", `401 ${READ}\n200 https://10.70.17.11:6443/readyz\n`);
  const begun = Date.now();
  machine.set("starting");
  await withdrawn(machine);
  expect(Date.now() - begun).toBeLessThan(1900);
});

test("a server that starts stays announced while no peer serves", async machine => {
  await announcing(machine);
  const first = machine.nonce;
  machine.set("starting");
  await until(() => asked(machine).length > 20, "twenty questions");
  expect(machine.nonce).toBe(first);
});
