import * as pulumi from "@pulumi/pulumi";
import type { Verb } from "../../cloud-init/contract/verbs";
import { SSH_PORT } from "../config/values/ports";
import type { CommandArgs } from "../machines/command";
import { receiveGrant } from "../machines/connection";
import type { PreparedMachine } from "../machines/machine";
import { firstReachable, network, shared, type Choice, type SshServer } from "../machines/reachable";
import { valueOf } from "../machines/hooks";

/** The members, any one of which can invite a worker. */
export interface Inviters {
  readonly members: readonly PreparedMachine[];
  /** The first reachable member, beginning with the `turn`th; it is known only once `after` is done. */
  choose(options: { turn: number; after: readonly pulumi.Resource[] }): Inviter;
}

/** The member that invites a worker. */
export interface Inviter {
  readonly machine: pulumi.Output<PreparedMachine>;
  /** Why each member that was asked is unreachable; empty when this one can invite. */
  readonly unreachable: pulumi.Output<readonly string[]>;
}

export function inviters(members: readonly PreparedMachine[]): Inviters {
  const ask = shared(server => network.ask(server));
  const servers = pulumi.all(members.map(sshServer));
  return {
    members,
    choose({ turn, after }) {
      const choice: pulumi.Output<Choice> = pulumi.runtime.isDryRun()
        ? // A preview asks no machine: what is reachable then says little of what is reachable at the invitation.
          pulumi.output({ index: turn % members.length, unreachable: [] })
        : // By a promise: what waits for the choice names what it waits for itself (`after`), and the state of a hundred
          // workers would name every member once more for each.
          pulumi.output(
            valueOf(
              pulumi
                .all([servers, pulumi.all(after.map(({ urn }) => urn))])
                .apply(([servers]) => firstReachable(servers, turn, ask)),
            ),
          );
      return {
        machine: choice.apply(({ index }) => memberAt(members, index)),
        unreachable: choice.apply(({ unreachable }) => unreachable),
      };
    },
  };
}

/** The line for a verb that any member may run: a string where they share it, as they do unless they have users of their own to log in with. */
export function lineOf({ members }: Pick<Inviters, "members">, verb: Verb): CommandArgs["line"] {
  const made = receiveGrant(verb);
  const [line, ...others] = new Set(members.map(made));
  return line !== undefined && others.length === 0 ? line : made;
}

const sshServer = ({ name, sshHost, login }: PreparedMachine): pulumi.Output<SshServer> =>
  sshHost.apply(host => ({ name, host, port: login.port ?? SSH_PORT, behindBastion: login.bastion !== undefined }));

function memberAt(members: readonly PreparedMachine[], index: number): PreparedMachine {
  const member = members[index];
  if (member === undefined) throw new Error(`controlPlane.count: found ${members.length}, expected 1, 3, 5 or 7`);
  return member;
}

/** @throws Error naming every member that was asked, when none is reachable. */
export function refuseUnreachable(worker: string, unreachable: readonly string[]): void {
  if (unreachable.length === 0) return;
  throw new Error(
    [
      `${worker}: found no control-plane machine whose SSH server answers, expected one to invite it:`,
      ...unreachable.map(words => `  ${words}`),
      "Bring one of them back, or mend the way to it from here, and run 'pulumi up' again; it goes on from here.",
    ].join("\n"),
  );
}
