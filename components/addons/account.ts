import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/** A service account and what it may do. */
export interface AccountArgs {
  /** The account's own name, and that of its roles and bindings. */
  readonly account: string;
  readonly namespace: pulumi.Input<string>;
  /** In the whole cluster. */
  readonly rules: pulumi.Input<k8s.types.input.rbac.v1.PolicyRule>[];
  /** In its namespace alone. */
  readonly namespacedRules?: pulumi.Input<k8s.types.input.rbac.v1.PolicyRule>[];
}

const API_GROUP = "rbac.authorization.k8s.io";

/** The account's name, known once it is there. What runs as it waits for its rights, too, by `dependsOn`. */
export function serviceAccount(
  name: string,
  { account, namespace, rules, namespacedRules }: AccountArgs,
  opts: pulumi.CustomResourceOptions,
): { readonly name: pulumi.Output<string>; readonly rights: pulumi.Resource[] } {
  const made = new k8s.core.v1.ServiceAccount(`${name}-account`, { metadata: { name: account, namespace } }, opts);
  const subjects = [{ kind: "ServiceAccount", name: made.metadata.name, namespace }];
  const role = new k8s.rbac.v1.ClusterRole(`${name}-role`, { metadata: { name: account }, rules }, opts);
  const binding = new k8s.rbac.v1.ClusterRoleBinding(
    `${name}-binding`,
    {
      metadata: { name: account },
      roleRef: { apiGroup: API_GROUP, kind: "ClusterRole", name: role.metadata.name },
      subjects,
    },
    opts,
  );
  if (namespacedRules === undefined) return { name: made.metadata.name, rights: [binding] };
  const own = new k8s.rbac.v1.Role(
    `${name}-own-role`,
    { metadata: { name: account, namespace }, rules: namespacedRules },
    opts,
  );
  const ownBinding = new k8s.rbac.v1.RoleBinding(
    `${name}-own-binding`,
    {
      metadata: { name: account, namespace },
      roleRef: { apiGroup: API_GROUP, kind: "Role", name: own.metadata.name },
      subjects,
    },
    opts,
  );
  return { name: made.metadata.name, rights: [binding, ownBinding] };
}
