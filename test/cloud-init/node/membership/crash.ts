import { expect } from "vitest";
import type { TestMachine } from "./machine";

/** Runs the verb again; whatever happened before, this machine must now be a member once, with its own data. */
export async function expectConverged(machine: TestMachine, members: number): Promise<void> {
  const { code, stderr } = await machine.run("member");
  expect(code, stderr).toBe(0);
  const own = machine.members.filter(member => member.address === machine.self.address);
  expect(own).toEqual([
    {
      id: machine.read("var/lib/etcd/member/id")?.trim(),
      name: machine.self.name,
      address: machine.self.address,
      role: "voting",
    },
  ]);
  expect(machine.members).toHaveLength(members);
  expect(machine.result().members).toBe(members);
  expect(machine.has("var/lib/rackplane/joining")).toBe(false);
  expect(machine.has("fake/vip")).toBe(true);
}

/** Runs the verb until power is lost at a place (cluster.sh). */
export async function cutAt(machine: TestMachine, place: string): Promise<void> {
  machine.write("fake/cut", place);
  const { code } = await machine.run("member");
  expect(code).toBeNull();
  expect(machine.has("fake/cut")).toBe(false);
}
