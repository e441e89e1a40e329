import * as pulumi from "@pulumi/pulumi";
import { kubeadmDocuments } from "../../cloud-init/kubeadm";
import { nodeBundle } from "../../cloud-init/node-bundle";
import type { Grant, MachineIdentity, NodeSpec } from "../../cloud-init/node-spec";
import type { ClusterSpec } from "../config/spec";
import type { Machine } from "../machines/machine";

/** What every grant of one cluster shares. */
export interface GrantContext {
  readonly spec: ClusterSpec;
  readonly node: pulumi.Output<NodeSpec>;
  readonly machines: readonly Machine[];
}

const identity = (machine: Machine): pulumi.Output<MachineIdentity> =>
  machine.address.apply(address => ({ name: machine.name, address }));

/** The document that a machine is handed on standard input, as JSON. */
export function grant(
  verb: Grant["verb"], context: GrantContext, machine: Machine, pki?: pulumi.Output<Grant["pki"]>,
): pulumi.Output<string> {
  const { spec, node, machines } = context;
  return pulumi.all([node, identity(machine), pulumi.all(machines.map(identity)), pki]).apply(
    ([node, machine, roster, pki]) => JSON.stringify({
      verb, node, machine, roster,
      bundle: Object.fromEntries(Object.entries(nodeBundle()).map(([path, file]) => [path, file.content])),
      kubeadm: kubeadmDocuments({
        cluster: node.cluster, endpoint: node.endpoint, network: spec.network, machine, roster,
        schedulable: spec.controlPlane.schedulable,
        kubelet: spec.kubelet, kubeProxy: spec.kubeProxy, apiServerNames: spec.apiServerNames,
      }),
      pki,
    } satisfies Grant));
}
