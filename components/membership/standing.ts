import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Prepared } from "../machines/machine";
import type { GrantContext } from "./grant";
import { connection, QUIET_OUTPUT, receive } from "../machines/connection";
import { timeouts } from "../machines/timeouts";

/**
 * A verb that keeps a machine what it is: create and update run the same idempotent verb with a secret grant;
 * another machine under the name is another resource (the trigger). It begins when the machine is prepared and
 * `after` is done.
 */
export function standing(
  name: string,
  context: GrantContext,
  { machine, hostKey, resource }: Prepared,
  grant: pulumi.Output<string>,
  after: pulumi.Resource,
  parent: pulumi.Resource,
): pulumi.Resource {
  const command = receive(machine);
  const { verb } = timeouts(context.spec);
  return new remote.Command(
    name,
    {
      connection: connection(context.spec.ssh, machine, hostKey),
      create: command,
      update: command,
      stdin: pulumi.secret(grant),
      triggers: [machine.identity],
      logging: QUIET_OUTPUT,
      addPreviousOutputInEnv: false,
    },
    { parent, dependsOn: [resource, after], deleteBeforeReplace: true, customTimeouts: { create: verb, update: verb } },
  );
}
