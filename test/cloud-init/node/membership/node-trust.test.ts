import { describe, expect, it } from "vitest";
import { workerDocument } from "../../../../cloud-init/documents/kubeadm";
import type { Grant } from "../../../../cloud-init/contract/grant";
import type { Announcer } from "../../../../cloud-init/contract/node";
import { pinOf } from "../../../../components/membership/authority-steps";
import { earlier, kubeconfig, KUBELET, next, PKI, trusted } from "./exchanging";
import { TestMachine } from "./machine";

const self = { name: "prod-w-0", address: "10.70.0.21" };
const both = `${earlier.certificate}${next.certificate}`;
const pins = [earlier, next].map(({ certificate }) => pinOf(certificate) ?? "");

/** A worker of before the exchange, invited with the earlier authority's pin. */
function worker(): TestMachine {
  const machine = new TestMachine().cluster(0, 1, 2);
  machine.write("fake/name", self.name);
  machine.write("fake/address", self.address);
  machine.write("fake/nodes/prod-w-0", "");
  machine.write("fake/tokens/t0k3n1", "");
  machine.write(`${PKI}/ca.crt`, earlier.certificate);
  machine.write("fake/keys/ca.crt", both);
  machine.write(KUBELET, earlier.leaf);
  machine.write("etc/kubernetes/kubelet.conf", kubeconfig(earlier.certificate));
  machine.write("fake/signed.crt", next.leaf);
  return machine;
}
function run(machine: TestMachine, trusts: string | undefined) {
  const pool = { name: "build", labels: {}, taints: [] };
  const { node } = machine.grant("worker");
  return machine.run("worker", {
    machine: self,
    pool,
    kubeadm: { join: workerDocument({ machine: self, pool }) },
    node: {
      ...node,
      role: "worker",
      announcer: { ...node.announcer, peers: [] } as Announcer,
      deadlines: { ...node.deadlines, member: 5 },
    },
    invitation: { token: "t0k3n1.secretsecretsecr", caHash: pins[0] ?? "" },
    ...(trusts === undefined ? {} : { trusts: { authorities: trusts, pins } }),
  } satisfies Partial<Grant>);
}

describe.concurrent("a worker while certificate authorities are exchanged", () => {
  it("trusts both, with the certificate that it has", async () => {
    const machine = worker();
    const { code, stderr } = await run(machine, both);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("worker change: kubelet trusts 2 of the cluster's own authorities, it restarts");
    expect([machine.read(`${PKI}/ca.crt`), trusted(machine, "kubelet")]).toEqual([both, both]);
    expect([machine.read(KUBELET), machine.has("fake/request.json")]).toEqual([earlier.leaf, false]);
  });

  it("asks the cluster for a certificate of the new one, its key stays, and it trusts no other from then on", async () => {
    const machine = worker();
    machine.write(`${PKI}/ca.crt`, both);
    machine.write("etc/kubernetes/kubelet.conf", kubeconfig(both));
    const { code, stderr } = await run(machine, next.certificate);
    expect(code, stderr).toBe(0);
    const request = JSON.parse(machine.read("fake/request.json") ?? "") as { spec: Record<string, unknown> };
    expect(request.spec).toMatchObject({
      signerName: "kubernetes.io/kube-apiserver-client-kubelet",
      usages: ["digital signature", "client auth"],
    });
    expect(Buffer.from(String(request.spec.request), "base64").toString()).toMatch(
      /^-----BEGIN CERTIFICATE REQUEST-----/,
    );
    expect(machine.read(KUBELET)).toContain(next.leaf);
    expect(machine.read(KUBELET)).toContain("PRIVATE KEY");
    expect([machine.read(`${PKI}/ca.crt`), trusted(machine, "kubelet")]).toEqual([next.certificate, next.certificate]);
    expect((await run(machine, next.certificate)).stderr).not.toContain("worker change");
  });

  it("keeps what it has where the cluster signs with the earlier one", async () => {
    const machine = worker();
    machine.write("fake/signed.crt", earlier.leaf);
    const { code, stderr } = await run(machine, next.certificate);
    expect(code).toBe(1);
    expect(stderr).toContain("was signed by another certificate authority than the new one");
    expect([machine.read(KUBELET), machine.read(`${PKI}/ca.crt`)]).toEqual([earlier.leaf, earlier.certificate]);
  });

  it("keeps what it has where no API server accepts it: no machine could lead it back", async () => {
    const machine = worker();
    machine.write("fake/refuses-kubelet", "");
    const { code, stderr } = await run(machine, next.certificate);
    expect(code).toBe(1);
    expect(stderr).toContain("to accept this kubelet; nothing was changed here");
    expect([machine.read(KUBELET), machine.read(`${PKI}/ca.crt`), trusted(machine, "kubelet")]).toEqual([
      earlier.leaf,
      earlier.certificate,
      earlier.certificate,
    ]);
  });

  it("trusts the earlier one alone again where the edit is taken back", async () => {
    const machine = worker();
    machine.write(`${PKI}/ca.crt`, both);
    machine.write("etc/kubernetes/kubelet.conf", kubeconfig(both));
    const { code, stderr } = await run(machine, undefined);
    expect(code, stderr).toBe(0);
    expect([machine.read(`${PKI}/ca.crt`), trusted(machine, "kubelet")]).toEqual([
      earlier.certificate,
      earlier.certificate,
    ]);
  });

  it("that joins meanwhile is as the others are", async () => {
    const machine = worker();
    for (const file of ["etc/kubernetes/kubelet.conf", `${PKI}/ca.crt`]) machine.erase(file);
    machine.write(KUBELET, next.leaf);
    const { code, stderr } = await run(machine, next.certificate);
    expect(code, stderr).toBe(0);
    expect(machine.read(`${PKI}/ca.crt`)).toBe(next.certificate);
  });
});
