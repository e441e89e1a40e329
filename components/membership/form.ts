import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { FormResult } from "../../cloud-init/node-spec";
import type { Prepared } from "../machines/machine";
import { grant, type GrantContext } from "./grant";
import { connection, QUIET_OUTPUT, receive } from "../machines/connection";
import { timeouts } from "../machines/timeouts";

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
 * machine's own record of the formation decides what that means (verbs/form.sh). `after` are the
 * balancers, where there are some: kubeadm waits for the endpoint.
 */
export function form(
  name: string,
  context: GrantContext,
  first: Prepared,
  after: readonly pulumi.Resource[],
  parent: pulumi.Resource,
): Formation {
  const { machine, hostKey } = first;
  const resource = new remote.Command(
    `${name}-form`,
    {
      connection: connection(context.spec.ssh, machine, hostKey),
      create: receive(machine),
      stdin: grant("form", context, machine),
      logging: QUIET_OUTPUT,
      addPreviousOutputInEnv: false,
    },
    {
      parent,
      dependsOn: [first.resource, ...after],
      ignoreChanges: ["connection", "create", "stdin", "logging", "addPreviousOutputInEnv"],
      additionalSecretOutputs: ["stdout"],
      customTimeouts: { create: timeouts(context.spec).verb },
    },
  );
  const result = pulumi.secret(resource.stdout).apply(text => JSON.parse(text) as FormResult);
  return {
    resource,
    pki: result.apply(({ pki }) => pki),
    encryptionKey: result.apply(({ encryptionKey }) => encryptionKey),
  };
}
