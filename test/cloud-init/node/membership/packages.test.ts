import { beforeAll, describe, expect, it } from "vitest";
import type { Grant } from "../../../../cloud-init/contract/grant";
import { TestMachine } from "./machine";

const OLD = "1.6.20~ds1-1+deb12u1";
const NEW = "1.6.20~ds1-1+deb12u2";
const VERSIONS = "var/lib/rackplane/package-versions.json";

/** Machine 1, which has just become a member beside 0 and 2, on the distribution's packages. */
let joined: TestMachine;
beforeAll(async () => {
  joined = new TestMachine(1).cluster(0, 2);
  const { code, stderr } = await joined.run("member");
  expect(code, stderr).toBe(0);
  stock(joined);
  for (const file of ["calls", "lease.json"]) joined.erase(`fake/${file}`);
}, 60_000);

const stock = (machine: TestMachine): void => {
  machine.write("fake/packages", `containerd ${OLD}\nrunc 1.1.5+ds1-1+deb12u1\nhaproxy 2.6.12-1\n`);
  machine.write("fake/madison", `containerd ${NEW}\ncontainerd ${OLD}\nhaproxy 2.6.12-2\n`);
};
/** The verb with these packages, as `receive` leaves them. */
function run(machine: TestMachine, packages: Record<string, string>, grant: Partial<Grant> = {}) {
  const { node } = machine.grant("member");
  machine.write(VERSIONS, JSON.stringify(packages));
  return machine.announcing(
    machine.run("member", { node: { ...node, deadlines: { ...node.deadlines, member: 4 } }, packages, ...grant }),
  );
}
const here = (machine: TestMachine, name: string): string | undefined =>
  machine
    .read("fake/packages")
    ?.split("\n")
    .find(line => line.startsWith(`${name} `))
    ?.slice(name.length + 1);

describe.concurrent("a package at a version of the configuration", () => {
  it("comes to a member under the cluster's lock, while another machine serves, and stays until the next edit", async () => {
    const machine = joined.copy();
    const { run: ended, moves } = await run(machine, { containerd: NEW });
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stderr).toContain(
      `member change: bring containerd from ${OLD} to ${NEW}, what runs of it restarts, pods go on`,
    );
    expect(here(machine, "containerd")).toBe(NEW);
    expect(moves).toEqual(["away", "back"]);
    expect(machine.calls).toEqual(expect.arrayContaining(["systemctl restart containerd", "apt-mark hold containerd"]));
    expect(machine.calls).not.toContain("the VIP is here");
    expect(machine.has("fake/lease.json")).toBe(true);
  });

  it("may be named without Debian's part, and may be an earlier one", async () => {
    const machine = joined.copy();
    machine.write("fake/packages", "containerd 1.7.24~ds1-6\n");
    expect((await run(machine, { containerd: "1.6.20~ds1" })).run.code).toBe(0);
    expect(here(machine, "containerd")).toBe(NEW);
  });

  it("is left alone where the machine has it, or has no part in it, and no upgrade of the distribution's exchanges it", async () => {
    const machine = joined.copy();
    const { run: ended, moves } = await run(machine, { containerd: OLD, haproxy: "2.6.12-2" });
    expect(ended.code, ended.stderr).toBe(0);
    expect(machine.calls).toContain("apt-mark hold containerd");
    expect(machine.calls).not.toContain("apt-mark hold haproxy");
    expect([moves, machine.has("fake/lease.json"), here(machine, "haproxy")]).toEqual([[], false, "2.6.12-1"]);
  });

  it("is refused where no mirror has it, and nothing is changed", async () => {
    const machine = joined.copy();
    const { run: ended, moves } = await run(machine, { containerd: "9.9" });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(
      /packages\.containerd: .* no such version here; it has: .*deb12u2.*nothing was changed/,
    );
    expect([moves, machine.has("fake/lease.json")]).toEqual([[], false]);
  });

  it.each(["apt: before containerd", "apt: containerd"])(
    "is completed by the next run where the first one is cut off at '%s'",
    async place => {
      const machine = joined.copy();
      machine.write("fake/cut", place);
      expect((await run(machine, { containerd: NEW })).run.code).not.toBe(0);
      await machine.reboot();
      const { run: ended } = await run(machine, { containerd: NEW });
      expect(ended.code, ended.stderr).toBe(0);
      expect(here(machine, "containerd")).toBe(NEW);
      expect(machine.calls).toContain("systemctl restart containerd");
      expect(machine.has("var/lib/rackplane/installing-packages")).toBe(false);
    },
  );

  it("that does not start makes room for the earlier one again, since Pulumi would not ask for it", async () => {
    const machine = joined.copy();
    machine.write("fake/faults/containerd", "1");
    const { run: ended } = await run(machine, { containerd: NEW });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain("containerd did not start");
    expect([here(machine, "containerd"), machine.has("var/lib/rackplane/installing-packages")]).toEqual([OLD, false]);
    expect(machine.calls.lastIndexOf("systemctl restart containerd")).toBeGreaterThan(
      machine.calls.indexOf("systemctl restart containerd"),
    );
  });

  it("follows the distribution again once it is taken out", async () => {
    const machine = joined.copy();
    machine.write("var/lib/rackplane/held-packages", "containerd\n");
    const { run: ended, moves } = await run(machine, {});
    expect(ended.code, ended.stderr).toBe(0);
    expect(machine.calls).toContain("apt-mark unhold containerd");
    expect([moves, machine.has("var/lib/rackplane/held-packages")]).toEqual([[], false]);
  });

  it("is there before a machine joins", async () => {
    const machine = new TestMachine(1).cluster(0, 2);
    stock(machine);
    machine.write(VERSIONS, JSON.stringify({ containerd: NEW }));
    const { code, stderr } = await machine.run("member", { packages: { containerd: NEW } });
    expect(code, stderr).toBe(0);
    const first = (word: string) => machine.calls.findIndex(call => call.startsWith(word));
    expect(here(machine, "containerd")).toBe(NEW);
    expect(first("apt-get")).toBeLessThan(first("kubeadm join"));
  });
});
