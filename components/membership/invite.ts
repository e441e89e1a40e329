import * as pulumi from "@pulumi/pulumi";
import type { Grant, Invitation } from "../../cloud-init/contract/grant";
import { command } from "../machines/command";
import type { Machine } from "../machines/machine";
import { valueOf } from "../machines/hooks";
import { timeouts } from "../machines/timeouts";
import { secretAnswer } from "./answer";
import { grant, type MembershipContext } from "./grant";
import { lineOf, refuseUnreachable, type Inviters } from "./inviters";

/** What an invitation is made from. */
export interface InviteArgs {
  readonly worker: Machine;
  readonly inviters: Inviters;
  /** The member at which the search for an inviter begins, so that workers are spread. */
  readonly turn: number;
  /** As late as possible, because the invitation's half-hour begins when it is made. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * `<cluster>-<worker>-invite`: a token for one worker, good for half an hour, and the CA's pin, minted on a member.
 *
 * Any member can mint it, so the first reachable one does, chosen when the invitation is made. An invitation is minted
 * once for each machine and generation of it (the trigger) and never at an edit, whichever members are reachable then: a worker that has
 * joined needs no other invitation. A worker whose join failed for longer than half an hour does need another; its
 * message names this resource, to be replaced.
 */
export function invite(
  cluster: MembershipContext,
  { worker, inviters, turn, after }: InviteArgs,
): pulumi.Output<NonNullable<Grant["invitation"]>> {
  const inviter = inviters.choose({ turn, after });
  const minted = command(cluster, {
    name: `${worker.key}-invite`,
    machine: inviter.machine,
    line: lineOf(inviters, "mint"),
    stdin: machine => grant(cluster, { verb: "mint", machine, invitee: worker }),
    secretOutputs: true,
    lifetime: "once",
    trigger: triggerOf(worker),
    timeout: timeouts(cluster.spec).invitation,
    after,
    // Refused here and not where the member is chosen, because an invitation that exists needs no reachable member.
    beforeCreate: async () => refuseUnreachable(worker.name, await valueOf(inviter.unreachable)),
  });
  return secretAnswer(minted).apply(text => JSON.parse(text) as Invitation);
}

/** Another machine, or the same one that is to leave the cluster and join it anew. */
const triggerOf = ({ identity, generation }: Machine): pulumi.Output<string> =>
  generation === undefined ? identity : identity.apply(identity => `${identity} generation ${generation}`);
