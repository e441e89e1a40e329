import { describe, expect, it } from "vitest";
import type { Grant } from "../../../../cloud-init/contract/grant";
import { TestMachine } from "./machine";

const FLAGS = "var/lib/kubelet/kubeadm-flags.env";
const PROGRAM = {
  "bin/rackplane": '#!/bin/bash\necho "$*" >>"$FAKE/program"\necho "{}" >"$RACKPLANE_ROOT/run/rackplane/result.json"\n',
};
const flags = (...more: string[]): string => `KUBELET_KUBEADM_ARGS="${["--node-ip=10.70.0.3", ...more].join(" ")}"\n`;
const EXTERNAL = "--cloud-provider=external";

/** A member whose kubelet has these flags of kubeadm's. */
async function member(text: string): Promise<TestMachine> {
  const machine = new TestMachine(1).cluster(0, 2);
  const { code, stderr } = await machine.run("member");
  expect(code, stderr).toBe(0);
  machine.write("var/lib/rackplane/kubeadm.json", JSON.stringify(machine.grant("member").kubeadm));
  machine.write(FLAGS, text);
  return machine;
}
/** The kubeadm documents of a grant that asks for a cloud provider. */
function external(machine: TestMachine): Partial<Grant> {
  const { kubeadm } = machine.grant("member");
  const join = JSON.parse(JSON.stringify(kubeadm?.join)) as { nodeRegistration: { kubeletExtraArgs: object[] } };
  join.nodeRegistration.kubeletExtraArgs.push({ name: "cloud-provider", value: "external" });
  return { kubeadm: { ...kubeadm, join } };
}
const restarts = ({ calls }: TestMachine): number => calls.filter(call => call === "systemctl restart kubelet").length;

describe.concurrent("a machine that is a member", () => {
  it("refuses a cloud provider that its kubelet does not wait for, and nothing is changed", async () => {
    const machine = await member(flags());
    const { code, stderr } = await machine.receive("member", external(machine), PROGRAM);
    expect(code).toBe(1);
    expect(stderr).toContain(
      "cloudProvider: found one, expected none, as when the machine joined; a cluster is made with it",
    );
    expect(stderr).toContain("nothing was changed");
    expect(machine.read(FLAGS)).toBe(flags());
    expect(machine.has("fake/program")).toBe(false);
  });

  it.each([
    ["at the end", flags(EXTERNAL)],
    ["between others", flags(EXTERNAL, "--max-pods=9")],
  ])("takes it where its kubelet has the flag %s", async (_, text) => {
    const machine = await member(text);
    const { code, stderr } = await machine.receive("member", external(machine), PROGRAM);
    expect(code, stderr).toBe(0);
    const again = await machine.run("member", external(machine));
    expect(again.code, again.stderr).toBe(0);
    expect([machine.read(FLAGS), restarts(machine)]).toEqual([text, 0]);
  });

  it.each([
    ["at the end", flags(EXTERNAL), flags()],
    ["between others", flags(EXTERNAL, "--max-pods=9"), flags("--max-pods=9")],
    ["before all", flags(EXTERNAL).replace(/"(.*) (.*)"/, '"$2 $1"'), flags()],
  ])("takes the flag %s away, once, when the provider is taken out", async (_, before, after) => {
    const machine = await member(before);
    const already = restarts(machine);
    for (const _ of [1, 2]) {
      const { code, stderr } = await machine.run("member");
      expect(code, stderr).toBe(0);
    }
    expect([machine.read(FLAGS), restarts(machine) - already]).toEqual([after, 1]);
  });
});
