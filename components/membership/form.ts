import * as pulumi from "@pulumi/pulumi";
import type { FormResult } from "../../cloud-init/contract/grant";
import { command } from "../machines/command";
import { receiveGrant } from "../machines/connection";
import type { PreparedMachine } from "../machines/machine";
import { timeouts } from "../machines/timeouts";
import { grant, type MembershipContext } from "./grant";

/** The cluster as it was formed: the keys that make a machine a member of it and of no other. */
export interface Formation {
  readonly resource: pulumi.Resource;
  /** Secret. */
  readonly pki: pulumi.Output<FormResult["pki"]>;
  /** What Secrets are encrypted with in etcd; secret, and undefined in a cluster that was formed without. */
  readonly encryptionKey: pulumi.Output<string | undefined>;
}

/**
 * `<cluster>-form`: the one `kubeadm init` of this cluster's life, on the first machine.
 *
 * It is recorded in Pulumi's state and never runs again: nothing triggers it and every input is
 * ignored once it is there, so a re-created first machine has to join like any other. Were it to run
 * twice, the same VIP and the same CA would front two etcds. Cut off half-way, it is retried, and the
 * machine's own record of the formation decides what that means (verbs/form.sh). `balancers` come before
 * it, where there are some: kubeadm waits for the endpoint.
 */
export function form(
  cluster: MembershipContext,
  { machine, balancers }: { machine: PreparedMachine; balancers: readonly pulumi.Resource[] },
): Formation {
  const resource = command(cluster, {
    name: "form",
    machine,
    line: receiveGrant("form"),
    stdin: machine => grant(cluster, { verb: "form", machine }),
    secretStdout: true,
    lifetime: "once",
    alsoIgnored: ["addPreviousOutputInEnv"],
    timeout: timeouts(cluster.spec).verb,
    after: [machine.prepared, ...balancers],
  });
  const result = pulumi.secret(resource.stdout).apply(text => JSON.parse(text) as FormResult);
  return {
    resource,
    pki: result.apply(({ pki }) => pki),
    encryptionKey: result.apply(({ encryptionKey }) => encryptionKey),
  };
}
