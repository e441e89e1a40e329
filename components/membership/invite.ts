import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Grant, Invitation } from "../../cloud-init/node-spec";
import type { Machine } from "../machines/machine";
import { grant, type GrantContext } from "./grant";
import { refuseSilence, type Inviters } from "./inviters";
import { connection, QUIET_OUTPUT, receive } from "../machines/connection";

/**
 * `<cluster>-<worker>-invite`: a token for one worker, good for half an hour, and the CA's pin, minted on a member.
 *
 * Any member can, so the first one that is alive does, chosen when the invitation is made; workers begin to look at
 * one member after the other (`turn`), so that they are spread. Minted once a machine (the trigger) and never at an
 * edit, whoever is alive then: a worker that has joined needs no other. One whose join failed for longer than that
 * does; its message names this resource, to be replaced.
 */
export function invite(
  name: string,
  context: GrantContext,
  inviters: Inviters,
  turn: number,
  worker: Machine,
  after: pulumi.Resource[],
  parent: pulumi.Resource,
): pulumi.Output<NonNullable<Grant["invitation"]>> {
  const chosen = inviters.choose(turn, after);
  const command = new remote.Command(
    `${name}-${worker.key}-invite`,
    {
      connection: inviters.of(chosen, ({ machine, hostKey }) => connection(context.spec.ssh, machine, hostKey)),
      create: inviters.of(chosen, ({ machine }) => receive(machine)),
      stdin: inviters.of(chosen, ({ machine }) => grant("mint", context, machine, { invitee: worker.name })),
      triggers: [worker.identity],
      logging: QUIET_OUTPUT,
      addPreviousOutputInEnv: false,
    },
    {
      parent,
      // As late as can be: its time runs from here.
      dependsOn: after,
      ignoreChanges: ["connection", "create", "stdin", "logging"],
      additionalSecretOutputs: ["stdout"],
      customTimeouts: { create: "15m" },
      // Not where the choice is made: an invitation that is there needs nobody to be alive.
      hooks: { beforeCreate: [async () => refuseSilence(await known(chosen), worker.name)] },
    },
  );
  return pulumi
    .all([pulumi.secret(command.stdout), command.urn])
    .apply(([text, urn]) => ({ ...(JSON.parse(text) as Invitation), urn }));
}

const known = <T>(output: pulumi.Output<T>): Promise<T> =>
  new Promise(resolve => output.apply(value => resolve(value as T)));
