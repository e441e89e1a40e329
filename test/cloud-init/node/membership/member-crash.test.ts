import { describe, expect, it } from "vitest";
import { cutAt, expectConverged } from "./crash";
import { TestMachine } from "./machine";

/**
 * Every moment at which a join changes the machine or the cluster. Power is lost there; the machine comes
 * back, and the verb is run again as the next `pulumi up` would.
 */
const PLACES = [
  "entry: before its removal",
  "entry: removed",
  "node deleted",
  "kubeadm join: preflight",
  "kubeadm join: certs",
  "kubeadm join: learner",
  "kubeadm join: etcd",
  "kubeadm join: promoted",
  "kubeadm join: end",
  "token deleted",
];

describe.concurrent("member, when power is lost", () => {
  it.each(PLACES)("at '%s', is a member after the next run", async place => {
    const machine = new TestMachine(1).cluster(0, 1, 2);
    machine.down(1);
    await cutAt(machine, place);
    await machine.reboot();
    await expectConverged(machine, 3);
    // A token that outlived its join by a power loss: one, and kubeadm gave it ten minutes.
    expect(machine.tokens.length).toBeLessThanOrEqual(1);
  });
});
