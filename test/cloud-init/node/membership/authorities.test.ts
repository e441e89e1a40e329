import * as path from "node:path";
import { describe, expect, it } from "vitest";
import type { AuthorityStep } from "../../../../cloud-init/contract/grant";
import { AUTHORITY_FILES } from "../../../../cloud-init/contract/pki";
import { after, before, earlier, EXCHANGING, filesOf, KUBELET, next, PKI, take, tell, trusted } from "./exchanging";
import { Authority } from "../certificates";
import type { TestMachine } from "./machine";
import { args, PODS } from "./settled";

const SIGNER = "--cluster-signing-cert-file=/etc/kubernetes/pki/signing-ca.crt";
const renewals = (machine: TestMachine): number =>
  machine.calls.filter(call => call.startsWith("kubeadm certs renew all")).length;
/** The static pods that were started as ones that kubelet has never seen. */
const stamps = (machine: TestMachine): string[] =>
  PODS.map(
    pod => /rackplane\/changed: "([^"]+)"/.exec(machine.read(`etc/kubernetes/manifests/${pod}.yaml`) ?? "")?.[1] ?? "",
  );
function expectFiles(machine: TestMachine, step: AuthorityStep): void {
  for (const file of AUTHORITY_FILES) expect(machine.read(`${PKI}/${file}`), file).toBe(filesOf(machine, step)[file]);
  for (const conf of ["admin", "controller-manager", "scheduler", "kubelet"])
    expect(trusted(machine, conf), conf).toBe(filesOf(machine, step)["ca.crt"]);
  expect(machine.has(EXCHANGING)).toBe(false);
}

describe.concurrent("a member while certificate authorities are exchanged", () => {
  it("trusts both, and the earlier ones go on signing; etcd and the API server start anew while another machine has the VIP", async () => {
    const { machine, run, moves } = await after("trust");
    expect(run.code, run.stderr).toBe(0);
    expect(moves).toEqual(["away", "back"]);
    expect(run.stderr).toContain(
      "member change: trust the certificate authorities of generation 1 beside the earlier ones, etcd, the API server, the controller manager, the scheduler and kubelet restart",
    );
    expectFiles(machine, "trust");
    expect(machine.read(`${PKI}/signing-ca.crt`)).toBe(earlier.certificate);
    expect(args(machine, "kube-controller-manager")).toContain(SIGNER);
    expect([renewals(machine), machine.read(KUBELET)]).toEqual([0, earlier.leaf]);
    expect(stamps(machine).slice(0, 2)).not.toContain("");
    expect(run.stderr + machine.calls.join()).not.toContain("PRIVATE");
  });

  it("is signed by the new ones, kubelet first; etcd and the API server read their certificates from the disk", async () => {
    const trusting = (await after("trust")).machine;
    const { machine, run, moves } = await after("sign");
    expect(run.code, run.stderr).toBe(0);
    expect(moves).toEqual(["away", "back"]);
    expectFiles(machine, "sign");
    expect(machine.read(`${PKI}/signing-ca.crt`)).toBe(next.certificate);
    expect([renewals(machine), machine.read(`${PKI}/apiserver.crt`)]).toEqual([1, next.leaf]);
    expect(machine.read(KUBELET)).toContain(next.leaf);
    expect(machine.calls.findIndex(call => call.includes("system:nodes"))).toBeLessThan(
      machine.calls.findIndex(call => call.includes("certs renew all")),
    );
    expect(stamps(machine)).toEqual(stamps(trusting));
  });

  it("forgets the earlier ones, signs with its own file no more, and has nothing to do the next time", async () => {
    const signed = (await after("sign")).machine;
    const { machine, run } = await after("forget");
    expect(run.code, run.stderr).toBe(0);
    expectFiles(machine, "forget");
    expect(args(machine, "kube-controller-manager")).not.toContain(SIGNER);
    for (const i of [0, 1]) expect(stamps(machine)[i]).not.toBe(stamps(signed)[i]);
    expect(renewals(machine)).toBe(1);
    expect((await take(machine, "forget")).run.stderr).not.toContain("member change");
  });

  it.each<[string, AuthorityStep | undefined, AuthorityStep, string]>([
    ["without `trust`", undefined, "sign", "found sign, expected trust first: this machine is as before the exchange"],
    ["without any step before", undefined, "forget", "found forget, expected trust first"],
    ["without `sign`", "trust", "forget", "found forget, expected sign first: this machine is as after trust"],
    ["back from `sign`", "sign", "trust", "found trust, expected sign or forget: everything here is signed by"],
  ])("takes no step %s, and changes nothing", async (_what, taken, step, words) => {
    const machine = taken === undefined ? await before() : (await after(taken)).machine;
    const { run } = await take(machine, step);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain(`certificates.authorities.step: ${words}`);
    if (taken !== undefined) expectFiles(machine, taken);
  });

  it("trusts the earlier ones alone again where the edit is taken back before anything is signed", async () => {
    const { machine } = await after("trust");
    tell(machine, `${earlier.certificate}${next.certificate}`);
    const { run } = await take(machine, undefined);
    expect(run.code, run.stderr).toBe(0);
    expect(machine.read(`${PKI}/ca.crt`)).toBe(earlier.certificate);
    // The cluster's documents, too: no step tells it of them.
    expect((machine.read("fake/extensions.json") ?? "").match(/BEGIN/g)).toHaveLength(2);
    expect(machine.read("fake/cluster-info.json")).toContain(
      `authority-data: ${Buffer.from(earlier.certificate).toString("base64")}\\n`,
    );
    expect(trusted(machine, "admin")).toBe(earlier.certificate);
    expect(args(machine, "kube-controller-manager")).not.toContain(SIGNER);
  });

  it("takes `trust` of other authorities where an earlier one failed here and was taken back, so that it was never asked again", async () => {
    const machine = await before();
    const left = new Authority(path.join(machine.root, "left")).certificate;
    for (const file of AUTHORITY_FILES.filter(file => file.endsWith(".crt")))
      machine.write(`${PKI}/${file}`, `${earlier.certificate}${left}`);
    expect((await take(machine, "sign")).run.stderr).toContain("found sign, expected trust first");
    const { run } = await take(machine, "trust");
    expect(run.code, run.stderr).toBe(0);
    expectFiles(machine, "trust");
  });

  it("puts a kubeconfig right that trusts another set", async () => {
    const { machine } = await after("trust");
    const conf = "etc/kubernetes/kubelet.conf";
    machine.write(conf, (machine.read(conf) ?? "").replace(/authority-data: .*/, "authority-data: b2xk"));
    expect((await take(machine, "trust")).run.code).toBe(0);
    expectFiles(machine, "trust");
  });

  it("is of another cluster where its keys are of no stage", async () => {
    const machine = await before();
    machine.write(`${PKI}/ca.key`, "PRIVATE of another cluster\n");
    const { run } = await take(machine, "trust");
    expect(run.code).toBe(1);
    expect(run.stderr).toContain(
      "carries the keys of another cluster, or of another certificates.authorities.generation",
    );
  });

  it.each(["begin", "files", "end"])("completes `sign` where it was cut off at kubeadm's '%s'", async place => {
    const { machine } = await after("trust");
    machine.write("fake/cut", `kubeadm certs renew: ${place}`);
    expect((await take(machine, "sign")).run.code).not.toBe(0);
    expect(machine.has(EXCHANGING)).toBe(true);
    await machine.reboot();
    const { run } = await take(machine, "sign");
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).toContain("member change: have every certificate signed by the authorities of generation 1");
    expectFiles(machine, "sign");
    expect(machine.read(`${PKI}/etcd/peer.crt`)).toBe(next.leaf);
    // A scheduler that is signed by the earlier authority is refused after the next step.
    for (const conf of ["admin", "controller-manager", "scheduler"])
      expect(machine.read(`etc/kubernetes/${conf}.conf`)).toContain(Buffer.from(next.leaf).toString("base64"));
  });
});
