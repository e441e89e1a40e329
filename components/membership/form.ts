import * as pulumi from "@pulumi/pulumi";
import type { FormResult, Grant } from "../../cloud-init/contract/grant";
import { command } from "../machines/command";
import { receiveGrant } from "../machines/connection";
import type { PreparedMachine } from "../machines/machine";
import { timeouts } from "../machines/timeouts";
import { secretAnswer } from "./answer";
import { restoreTerms } from "./backups";
import { grant, type MembershipContext } from "./grant";

/** The cluster as it was formed: the keys that make a machine a member of it and of no other. */
export interface Formation {
  readonly resource: pulumi.Resource;
  /** Secret. */
  readonly pki: pulumi.Output<FormResult["pki"]>;
  /** The number of the certificate authorities that the configuration gave to those of the formation. */
  readonly generation: pulumi.Output<number>;
  /** The key that encrypts Secrets in etcd; secret, and undefined in a cluster that was formed without encryption. */
  readonly encryptionKey: pulumi.Output<string | undefined>;
}

/**
 * `<cluster>-form`: the one `kubeadm init` of this cluster's life, on the first machine.
 *
 * Pulumi's state records it, and it never runs again: nothing triggers it and every input is ignored once it is
 * recorded, so a re-created first machine has to join like any other. A second formation would put two etcd clusters
 * behind the same VIP and the same CA. A formation that was cut off half-way is retried, and the machine's own record
 * of it decides what that means (verbs/form.sh). `balancers`, where there are some, come before the formation, because
 * kubeadm waits for the endpoint. Where the configuration restores a cluster of which the state knows nothing, the formation
 * begins with the backup, once the machines in `restorable` were asked.
 */
export function form(
  cluster: MembershipContext,
  {
    machine,
    balancers,
    restorable = [],
  }: { machine: PreparedMachine; balancers: readonly pulumi.Resource[]; restorable?: readonly pulumi.Resource[] },
): Formation {
  const resource = command(cluster, {
    name: "form",
    machine,
    line: receiveGrant("form"),
    stdin: machine => grant(cluster, { verb: "form", machine, restore: restoreTerms(cluster.spec) }),
    secretOutputs: true,
    lifetime: "once",
    alsoIgnored: ["addPreviousOutputInEnv"],
    protect: cluster.spec.protect,
    timeout: timeouts(cluster.spec).verb,
    after: [machine.prepared, ...balancers, ...restorable],
  });
  const result = secretAnswer(resource).apply(text => JSON.parse(text) as FormResult);
  return {
    resource,
    pki: result.apply(({ pki }) => pki),
    // The state keeps what the formation was asked, whatever the configuration says today.
    generation: pulumi
      .unsecret(pulumi.output(resource.stdin))
      .apply(stdin => (JSON.parse(stdin ?? "{}") as Partial<Grant>).authorities?.generation ?? 0),
    encryptionKey: result.apply(({ encryptionKey }) => encryptionKey),
  };
}
