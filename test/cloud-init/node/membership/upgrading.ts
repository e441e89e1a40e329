import { expect } from "vitest";
import type { Grant } from "../../../../cloud-init/contract/grant";
import { TestMachine } from "./machine";

export const API_SERVER = "etc/kubernetes/manifests/kube-apiserver.yaml";
export const manifest = (version: string) => `    image: registry.k8s.io/kube-apiserver:v${version}\n`;

/** A member of three that runs a version, on whose mirrors the next one is. */
export async function member({ runs = "1.34.3", mirror = "1.34.4" } = {}): Promise<TestMachine> {
  const machine = new TestMachine(1).cluster(0, 2);
  const joined = await machine.run("member");
  expect(joined.code, joined.stderr).toBe(0);
  machine.write(API_SERVER, manifest(runs));
  for (const pod of ["kube-controller-manager", "kube-scheduler"])
    machine.write(`etc/kubernetes/manifests/${pod}.yaml`, "");
  machine.write("etc/rackplane/roster.json", JSON.stringify(machine.grant("member").roster));
  for (const file of ["kubelet-version", "kubelet-runs"]) machine.write(`fake/${file}`, `v${runs}\n`);
  machine.write("fake/available", mirror);
  machine.write("fake/version", `v${runs}\n`);
  machine.write(
    "fake/registry",
    ["kube-apiserver", "kube-proxy"]
      .map(name => `registry.k8s.io/${name}:v${mirror}\n`)
      .concat("registry.k8s.io/etcd:3.6.5-0\n", "pause\n")
      .join(""),
  );
  machine.write("fake/ordinary.json", JSON.stringify({ items: [] }));
  return machine;
}

/** What a grant says where a machine is to have that version; a verb's own deadline is short. */
export const to = (machine: TestMachine, version: string, verb: Grant["verb"] = "member"): Partial<Grant> => {
  const { node, kubeadm } = machine.grant(verb);
  return {
    node: {
      ...node,
      cluster: { ...node.cluster, kubernetesVersion: version },
      deadlines: { ...node.deadlines, member: 5 },
    },
    ...(kubeadm === undefined ? {} : { kubeadm }),
  };
};

/** The verb with a grant of that version, while an announcer does what it is told. */
export const upgrade = (machine: TestMachine, version = "1.34.4", changes: Partial<Grant> = {}) =>
  machine.announcing(machine.run("member", { ...to(machine, version), ...changes }));
