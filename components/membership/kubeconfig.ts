import type * as pulumi from "@pulumi/pulumi";
import { command } from "../machines/command";
import { receiveGrant } from "../machines/connection";
import type { PreparedMachine } from "../machines/machine";
import { secretAnswer } from "./answer";
import { grant, type MembershipContext } from "./grant";

/**
 * `<cluster>-kubeconfig`: an administrator's kubeconfig for the endpoint, minted on the first machine
 * from the cluster's CA. Its group is `kubeadm:cluster-admins`, so access can be taken back with RBAC,
 * which `system:masters` would not allow. `after` makes that machine a member.
 */
export function kubeconfig(
  cluster: MembershipContext,
  { machine, after }: { machine: PreparedMachine; after: pulumi.Resource },
): pulumi.Output<string> {
  const minted = command(cluster, {
    name: "kubeconfig",
    machine,
    line: receiveGrant("kubeconfig"),
    stdin: machine => grant(cluster, { verb: "kubeconfig", machine }),
    secretOutputs: true,
    // The certificate is minted as soon as there is a machine to mint it on, and not again at every edit.
    lifetime: "once",
    timeout: "10m",
    after: [after],
  });
  return secretAnswer(minted);
}
