import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Invitation } from "../../cloud-init/node-spec";
import type { Machine, Prepared } from "../machines/machine";
import { grant, type GrantContext } from "./grant";
import { connection, QUIET_OUTPUT, receive } from "./on-machine";

/**
 * `<cluster>-<worker>-invite`: a token for one worker, good for half an hour, and the CA's pin, minted on a member.
 *
 * Workers are spread over the members in turn, so that most can be invited while one member is dead. Minted once a
 * machine (the trigger) and never at an edit: a worker that has joined needs no other. One whose join failed for
 * longer than that does; its message names this resource, to be replaced.
 */
export function invite(
  name: string, context: GrantContext, member: Prepared, worker: Machine, after: pulumi.Input<pulumi.Resource>[], parent: pulumi.Resource,
): pulumi.Output<Invitation> {
  const { machine, hostKey } = member;
  const command = new remote.Command(`${name}-${worker.key}-invite`, {
    connection: connection(context.spec.ssh, machine, hostKey),
    create: receive(machine),
    stdin: grant("mint", context, machine, { invitee: worker.name }),
    triggers: [worker.identity],
    logging: QUIET_OUTPUT,
    addPreviousOutputInEnv: false,
  }, {
    parent,
    // As late as can be: its time runs from here.
    dependsOn: after,
    ignoreChanges: ["connection", "create", "stdin", "logging"],
    additionalSecretOutputs: ["stdout"],
    customTimeouts: { create: "15m" },
  });
  return pulumi.secret(command.stdout).apply(text => JSON.parse(text) as Invitation);
}
