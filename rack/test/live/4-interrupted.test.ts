import { afterEach, beforeAll, expect, test } from "vitest";
import { onMachine } from "../../cli/operator";
import { upKilledAt } from "./interrupt";
import { figure, journal, rackplane, until, whole } from "./rack";

beforeAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});

afterEach(async context => {
  if (context.task.result?.state === "fail") process.stdout.write(`${await journal("lab-cp-0")}\n`);
});

test("an up that is killed while the cluster forms, and again while a machine joins, converges; the cluster is formed once", async () => {
  await upKilledAt(/rack-form creating .*kubeadm init/, 400);
  await upKilledAt(/rack-cp-1-member creating .*(join|token)/, 400);
  const last = await rackplane("up");
  expect(last.code, last.output.slice(-4000)).toBe(0);
  figure("up after two kills, seconds", last.seconds);
  await until("the control plane to be whole", 60, whole(3));

  const inits = await onMachine("lab-cp-0", ["journalctl", "--no-pager", "-o", "cat", "-u", "rackplane-form", "|", "grep", "-c", "'Using Kubernetes version'"]);
  expect(Number(inits)).toBe(1);
  const formed = await Promise.all(["lab-cp-0", "lab-cp-1", "lab-cp-2"].map(machine =>
    onMachine(machine, ["if", "[", "-e", "/var/lib/rackplane/formed.json", "];", "then", "echo", "yes;", "else", "echo", "no;", "fi"])));
  expect(formed).toEqual(["yes", "no", "no"]);
});
