import * as pulumi from "@pulumi/pulumi";
import type { Prepared } from "../machines/machine";
import { firstAlive, network, sharedLook, type Choice, type Door } from "../machines/first-answering";

/** The members, any one of which can invite a worker. */
export interface Inviters {
  /** Which one does, known as late as `after` is done: the first alive, beginning with the `turn`th. */
  choose(turn: number, after: readonly pulumi.Resource[]): pulumi.Output<Choice>;
  /** What the chosen one has. */
  of<T>(choice: pulumi.Output<Choice>, pick: (member: Prepared) => pulumi.Input<T>): pulumi.Output<pulumi.Unwrap<T>>;
}

export function inviters(members: readonly Prepared[]): Inviters {
  const look = sharedLook(door => network.look(door));
  const doors = pulumi.all(
    members.map(({ machine }) =>
      machine.sshHost.apply(
        (host): Door => ({
          name: machine.name,
          host,
          port: machine.login.port ?? 22,
          hidden: machine.login.bastion !== undefined,
        }),
      ),
    ),
  );
  return {
    choose(turn, after) {
      // A preview asks nobody: what it would find now says little of who is alive at the invitation.
      if (pulumi.runtime.isDryRun()) return pulumi.output({ index: turn % members.length, silent: [] });
      return pulumi
        .all([doors, pulumi.all(after.map(({ urn }) => urn))])
        .apply(([doors]) => firstAlive(doors, turn, look));
    },
    of: (choice, pick) =>
      choice.apply(({ index }) => {
        const member = members[index];
        if (member === undefined) throw new Error(`controlPlane.count: found ${members.length}, expected 1, 3, 5 or 7`);
        return pulumi.output(pick(member));
      }),
  };
}

/** @throws Error naming every member that was asked, when none answered. */
export function refuseSilence({ silent }: Choice, worker: string): void {
  if (silent.length === 0) return;
  throw new Error(
    [
      `${worker}: found no control-plane machine whose SSH server answers, expected one to invite it:`,
      ...silent.map(words => `  ${words}`),
      "Bring one of them back, or mend the way to it from here, and run 'pulumi up' again; it goes on from here.",
    ].join("\n"),
  );
}
