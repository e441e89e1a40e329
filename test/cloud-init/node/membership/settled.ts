import { expect } from "vitest";
import type { Grant } from "../../../../cloud-init/contract/grant";
import { kubeadmDocuments } from "../../../../cloud-init/documents/kubeadm";
import type { EtcdFacts } from "../../../../cloud-init/documents/etcd";
import type { PartFacts } from "../../../../cloud-init/documents/parts";
import { ROSTER, TestMachine, VIP } from "./machine";

export const PODS = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const;
export const manifest = (pod: (typeof PODS)[number]) => `etc/kubernetes/manifests/${pod}.yaml`;

export interface Settings {
  readonly apiServer?: PartFacts;
  readonly controllerManager?: PartFacts;
  readonly scheduler?: PartFacts;
  readonly etcd?: EtcdFacts;
  readonly kubelet?: object;
  readonly kubeProxy?: object;
  readonly apiServerNames?: readonly string[];
  readonly schedulable?: boolean;
}

/** A grant of a cluster with these settings. */
export function grantWith(machine: TestMachine, { apiServer, ...parts }: Settings = {}): Partial<Grant> {
  const { node } = machine.grant("member");
  return {
    node: { ...node, deadlines: { ...node.deadlines, member: 5 } },
    kubeadm: kubeadmDocuments({
      cluster: node.cluster,
      endpoint: { address: VIP, port: 6443 },
      machine: machine.self,
      roster: ROSTER,
      schedulable: false,
      apiServerNames: [],
      network: { podCidr: "10.244.0.0/16", serviceCidr: "10.96.0.0/16", dnsDomain: "cluster.local" },
      ...(apiServer === undefined ? {} : { apiServer: { ...apiServer, encryption: false } }),
      ...parts,
    }),
  };
}

/** A member of three whose manifests are kubeadm's own, and whose documents in the cluster are noted. */
export const member = async (): Promise<TestMachine> => (await (made ??= make())).copy();

/** One for all cases of a file, since joining takes most of the time. */
let made: Promise<TestMachine> | undefined;

async function make(): Promise<TestMachine> {
  const machine = new TestMachine(1).cluster(0, 2);
  machine.write("fake/renders", "");
  const joined = await machine.run("member", grantWith(machine));
  expect(joined.code, joined.stderr).toBe(0);
  for (const pod of PODS) machine.write(`fake/runs/${pod}`, "");
  const noted = await machine.run("member", grantWith(machine));
  expect(noted.code, noted.stderr).toBe(0);
  machine.write("fake/settings", machine.read("fake/settings.same") ?? "");
  machine.erase("fake/uploads");
  return machine;
}
export const edit = (machine: TestMachine, settings: Settings) =>
  machine.announcing(machine.run("member", grantWith(machine, settings)));
export const args = (machine: TestMachine, pod: (typeof PODS)[number]) =>
  [...(machine.read(manifest(pod)) ?? "").matchAll(/^ {4}- (--.*)$/gm)].map(([, argument]) => argument);
