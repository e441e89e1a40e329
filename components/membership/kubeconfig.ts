import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Prepared } from "../machines/machine";
import { grant, type GrantContext } from "./grant";
import { connection, QUIET_OUTPUT, receive } from "../machines/connection";

/**
 * `<cluster>-kubeconfig`: an administrator's kubeconfig for the endpoint, minted on the first machine
 * from the cluster's CA. Its group is `kubeadm:cluster-admins`, so access can be taken back with RBAC,
 * which `system:masters` would not allow.
 */
export function kubeconfig(
  name: string,
  context: GrantContext,
  { machine, hostKey }: Prepared,
  after: pulumi.Resource,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const command = new remote.Command(
    `${name}-kubeconfig`,
    {
      connection: connection(context.spec.ssh, machine, hostKey),
      create: receive(machine),
      stdin: grant("kubeconfig", context, machine),
      logging: QUIET_OUTPUT,
      addPreviousOutputInEnv: false,
    },
    {
      parent,
      dependsOn: [after],
      // A certificate is minted when there is a machine to mint it on for the first time, not at every edit.
      ignoreChanges: ["connection", "create", "stdin", "logging"],
      additionalSecretOutputs: ["stdout"],
      customTimeouts: { create: "10m" },
    },
  );
  return pulumi.secret(command.stdout);
}
