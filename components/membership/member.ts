import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Machine } from "../machines/machine";
import type { Formation } from "./form";
import { grant, type GrantContext } from "./grant";
import { connection, QUIET_OUTPUT, receive } from "./on-machine";
import { timeouts } from "./timeouts";

/**
 * `<cluster>-cp-N-member`: make this machine a healthy member at this version with this configuration.
 *
 * Create and update run the same idempotent verb. Another machine under the name is another resource
 * (the trigger); any other change, the on-node program included, is an update. `after` is the machine
 * before it in the roster: membership changes one at a time, each behind the health of all.
 */
export function member(
  name: string, i: number, context: GrantContext, machine: Machine, hostKey: pulumi.Output<string>,
  formation: Formation, after: pulumi.Resource, parent: pulumi.Resource,
): pulumi.Resource {
  const command = receive(context.spec.ssh);
  return new remote.Command(`${name}-cp-${i}-member`, {
    connection: connection(context.spec.ssh, machine, hostKey),
    create: command,
    update: command,
    stdin: pulumi.secret(grant("member", context, machine, formation.pki)),
    triggers: [machine.identity],
    logging: QUIET_OUTPUT,
    addPreviousOutputInEnv: false,
  }, {
    parent,
    dependsOn: [after],
    deleteBeforeReplace: true,
    customTimeouts: { create: timeouts(context.spec).verb, update: timeouts(context.spec).verb },
  });
}
