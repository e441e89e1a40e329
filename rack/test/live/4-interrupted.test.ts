import { afterEach, beforeEach, expect, test } from "vitest";
import { onMachine } from "../../cli/operator";
import { upDisturbedAt, upKilledAt } from "../../../bench/scenarios/interrupted-up";
import { fail, figure, journal, rackplane, until, whole } from "../../../bench/rack";

beforeEach(async () => {
  expect((await rackplane("down")).code).toBe(0);
});

let looked = "";
afterEach(async context => {
  if (context.task.result?.state === "fail") process.stdout.write(`${looked}:\n${await journal(looked)}\n`);
});

/** Kubeadm formed once, on the first machine and on no other. */
async function expectFormedOnce(machines: readonly string[]): Promise<void> {
  const [first = ""] = machines;
  const inits = await onMachine(first, [
    "journalctl",
    "--no-pager",
    "-o",
    "cat",
    "-u",
    "rackplane-form",
    "|",
    "grep",
    "-c",
    "'Using Kubernetes version'",
  ]);
  expect(Number(inits)).toBe(1);
  const formed = await Promise.all(
    machines.map(machine =>
      onMachine(machine, [
        "if",
        "[",
        "-e",
        "/var/lib/rackplane/formed.json",
        "];",
        "then",
        "echo",
        "yes;",
        "else",
        "echo",
        "no;",
        "fi",
      ]),
    ),
  );
  expect(formed).toEqual(machines.map(machine => (machine === first ? "yes" : "no")));
}

test("an up over SSH is cut while machines are prepared, then a machine reboots while it joins: it converges, formed once", async () => {
  looked = "arp-cp-1";
  const stack = ["--stack", "rack-arp"];
  await upKilledAt(/arp-cp-0-prepared creating .*packages/, 400, ...stack);
  const disturbed = await upDisturbedAt(
    /arp-cp-1-member creating .*kubeadm join/,
    () => fail("reboot", "arp-cp-1"),
    ...stack,
  );
  process.stdout.write(`figure: up across a reboot of a joining machine: ended with ${disturbed.code}\n`);
  const last = await rackplane("up", ...stack);
  expect(last.code, last.output.slice(-4000)).toBe(0);
  figure("up after the reboot, seconds", last.seconds);
  await until("the control plane to be whole", 90, whole(3, { announcers: 1 }));
  await expectFormedOnce(["arp-cp-0", "arp-cp-1", "arp-cp-2"]);
});

// Last: the tests that follow look at what this one leaves.
test("an up that is killed while the cluster forms, and again while a machine joins, converges; the cluster is formed once", async () => {
  looked = "lab-cp-0";
  await upKilledAt(/rack-form creating .*kubeadm init/, 400);
  await upKilledAt(/rack-cp-1-member creating .*(join|token)/, 400);
  const last = await rackplane("up");
  expect(last.code, last.output.slice(-4000)).toBe(0);
  figure("up after two kills, seconds", last.seconds);
  await until("the control plane to be whole", 60, whole(3));
  await expectFormedOnce(["lab-cp-0", "lab-cp-1", "lab-cp-2"]);
});
