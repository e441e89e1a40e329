import { local } from "@pulumi/command";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ADMINISTRATOR } from "../config/kubeconfigs";
import type { MembershipContext } from "./grant";
import type { Inviters } from "./inviters";
import { authoritiesTold, issueOf, kubeconfigSpec, minted, newGroup, requestFor, told } from "./kubeconfig";

/** What the kubeconfigs besides the administrator's are made with. */
export interface KubeconfigsArgs {
  /** The members, any reachable one of which mints a kubeconfig: each has the CA's key. */
  readonly minters: Inviters;
  readonly caCertificate: pulumi.Output<string>;
  /** The cluster's Kubernetes API. */
  readonly provider: pulumi.ProviderResource;
  /** A cluster that goes takes its bindings along. */
  readonly formation: pulumi.Resource;
  /** After it the control plane is whole. */
  readonly whole: pulumi.Resource;
}

/** Every kubeconfig that the configuration names, by name; secret. */
export function kubeconfigs(
  cluster: MembershipContext,
  args: KubeconfigsArgs,
): pulumi.Output<Readonly<Record<string, string>>> {
  const names = Object.keys(cluster.spec.kubeconfigs).filter(name => name !== ADMINISTRATOR);
  const made = names.map((name, turn) => [name, kubeconfigOf(cluster, { ...args, name, turn })] as const);
  const all = pulumi.all(Object.fromEntries(made));
  return made.length === 0 ? all : pulumi.secret(all);
}

/**
 * `<cluster>-kubeconfig-<name>`, its group and the binding of that group.
 *
 * A certificate cannot be taken back in Kubernetes, its rights can: they are those of a group that this certificate and
 * its later issues have alone, and the group has them by a ClusterRoleBinding of this program's. A kubeconfig that is
 * taken out of the configuration loses its binding, and one that is added again under the same name has another group.
 */
function kubeconfigOf(
  cluster: MembershipContext,
  args: KubeconfigsArgs & { readonly name: string; readonly turn: number },
): pulumi.Output<string> {
  const { name, turn, minters, caCertificate, whole } = args;
  const spec = kubeconfigSpec(cluster, name);
  const group = ownGroup(cluster, name, spec.generation);
  const issue = issueOf(cluster, { spec, caCertificate });
  bind(cluster, { ...args, clusterRole: spec.clusterRole, group });
  return minted(cluster, {
    name: `kubeconfig-${name}`,
    machine: minters.choose({ turn, after: [whole] }).machine,
    request: group.apply(own => requestFor(name, spec, own)),
    due: pulumi.all([issue, group]).apply(([issue, own]) => `${told(spec, issue)}, ${own}${authoritiesTold(cluster)}`),
    after: whole,
  });
}

/**
 * `<cluster>-kubeconfig-<name>/group` runs nothing (gate.ts): the state keeps in it the group that the kubeconfig had
 * from its first issue on. Another generation has another one.
 */
function ownGroup(cluster: MembershipContext, name: string, generation: number): pulumi.Output<string> {
  const kept = new local.Command(
    `${cluster.name}-kubeconfig-${name}/group`,
    { stdin: newGroup(name), triggers: [generation] },
    { parent: cluster.parent, ignoreChanges: ["stdin"] },
  );
  return kept.stdin.apply(group => group ?? "");
}

/** `<cluster>-kubeconfig-<name>/binding`: the rights of the group, for as long as the configuration names the kubeconfig. */
function bind(
  { name: cluster, parent }: MembershipContext,
  args: Pick<KubeconfigsArgs, "provider" | "formation" | "whole"> & {
    readonly name: string;
    readonly group: pulumi.Output<string>;
    readonly clusterRole: string;
  },
): void {
  const { name, group, clusterRole, provider, formation, whole } = args;
  const apiGroup = "rbac.authorization.k8s.io";
  new k8s.rbac.v1.ClusterRoleBinding(
    `${cluster}-kubeconfig-${name}/binding`,
    {
      metadata: { name: group, labels: { "rackplane/kubeconfig": name } },
      roleRef: { apiGroup, kind: "ClusterRole", name: clusterRole },
      subjects: [{ apiGroup, kind: "Group", name: group }],
    },
    { parent, provider, deletedWith: formation, dependsOn: whole },
  );
}
