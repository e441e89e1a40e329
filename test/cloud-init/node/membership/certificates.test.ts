import * as path from "node:path";
import { describe, expect, it } from "vitest";

import { Authority } from "../certificates";
import { TestMachine } from "./machine";

const DAY = 86_400;

/** A member whose API server's certificate ends so many seconds from now. */
async function member(endsIn: number): Promise<TestMachine> {
  const machine = new TestMachine();
  expect((await machine.run("form")).code).toBe(0);
  machine.write("var/lib/rackplane/machine.json", JSON.stringify({ address: machine.self.address }));
  const { cert } = new Authority(path.join(machine.root, "authority")).issue("apiserver", "127.0.0.1", endsIn);
  machine.write("etc/kubernetes/pki/apiserver.crt", cert);
  return machine;
}
interface Said {
  certificates: { days: number; first: string } | null;
  conditions: { name: string; ok: boolean; found?: string; todo?: string }[];
}
const said = async (machine: TestMachine): Promise<Said> =>
  JSON.parse((await machine.program("status")).stdout) as Said;

describe.concurrent("the control plane's certificates", () => {
  it.each([
    [300.5 * DAY, 300, undefined],
    [12.5 * DAY, 12, "apiserver.crt ends in 12 days"],
    [-2.5 * DAY, -3, "apiserver.crt ended 3 days ago"],
  ])("that end in %d seconds are told with %d days, and warned of below 30", async (endsIn, days, found) => {
    const { certificates, conditions } = await said(await member(endsIn));
    expect(certificates).toEqual({ days, first: "apiserver.crt" });
    const condition = conditions.find(({ name }) => name === "certificates");
    expect([condition?.ok, condition?.found]).toEqual([found === undefined, found]);
    if (found !== undefined) expect(condition?.todo).toContain("kubeadm certs renew all");
  });

  it("that end soon hold up no member, whose progress says so", async () => {
    const machine = await member(12.5 * DAY);
    const { code, stderr } = await machine.run("form");
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/certificates: wait: .* apiserver\.crt ends in 12 days; run 'pulumi up', which renews them/);
  });
});
