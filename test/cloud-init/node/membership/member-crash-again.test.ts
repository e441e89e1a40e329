import { beforeAll, describe, it } from "vitest";
import { cutAt, expectConverged } from "./crash";
import { TestMachine } from "./machine";

/** A machine that lost its power right after its vote was given, and has it back. */
let halfJoined: TestMachine;
beforeAll(async () => {
  halfJoined = new TestMachine(1).cluster(0, 2);
  await cutAt(halfJoined, "kubeadm join: promoted");
  await halfJoined.reboot();
});

describe.concurrent("member, half-joined", () => {
  it.each(["kubeadm reset: begin", "kubeadm reset: half", "kubeadm reset: end"])(
    "and cut again at '%s', is a member after the next run",
    async place => {
      const machine = halfJoined.copy();
      await cutAt(machine, place);
      await machine.reboot();
      await expectConverged(machine, 3);
    },
  );

  it("as the second of two, with its vote given, brings the quorum back before it starts over", async () => {
    const machine = new TestMachine(1).cluster(0);
    await cutAt(machine, "kubeadm join: promoted");
    // Its kubelet, and with it half of the quorum, is down until the verb starts it.
    machine.erase(`fake/etcd/${machine.self.address}`);
    await expectConverged(machine, 2);
  });

  it("after its vote was given up but not its data, takes part in nothing and joins anew", async () => {
    const machine = new TestMachine(1).cluster(0);
    await machine.run("member");
    machine.members = [machine.member(0)];
    machine.erase(`fake/etcd/${machine.self.address}`);
    await expectConverged(machine, 2);
  });
});
