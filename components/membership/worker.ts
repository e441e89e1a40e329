import type * as pulumi from "@pulumi/pulumi";
import type { WorkerTrust } from "../../cloud-init/contract/grant";
import type { WorkerPoolSpec } from "../config/spec";
import { command } from "../machines/command";
import { receiveGrant } from "../machines/connection";
import type { PreparedMachine } from "../machines/machine";
import { timeouts } from "../machines/timeouts";
import { grant, type MembershipContext } from "./grant";
import { invite } from "./invite";
import type { Inviters } from "./inviters";
import { told } from "./told";

/** What a worker is made from. */
export interface WorkerArgs {
  readonly machine: PreparedMachine;
  /** The pool whose settings it has. */
  readonly pool: WorkerPoolSpec;
  readonly inviters: Inviters;
  /** The member at which the search for an inviter begins, modulo their number. */
  readonly turn: number;
  readonly trusts: pulumi.Output<WorkerTrust> | undefined;
  /** What the control plane has passed once it is whole, and the worker that this one waits for, if it waits for one. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * `<cluster>-<worker>-worker`: this machine is a worker, with its pool's labels and kubelet settings.
 *
 * It joins through the endpoint with the token and the CA pin of its invitation and never holds a key of a CA.
 * Create and update run the same verb; another machine under the name is invited anew and joins anew.
 */
export function worker(
  cluster: MembershipContext,
  { machine, pool, inviters, turn, trusts, after }: WorkerArgs,
): pulumi.Resource {
  const invitation = invite(cluster, { worker: machine, inviters, turn, after: [...after, machine.prepared] });
  return command(cluster, {
    name: `${machine.key}-worker`,
    machine,
    line: receiveGrant("worker"),
    stdin: machine => grant(cluster, { verb: "worker", machine, invitation, pool, trusts }),
    secretStdin: true,
    secretOutputs: true,
    lifetime: "every change",
    beforeUpdate: told(cluster),
    timeout: timeouts(cluster.spec).verb,
    after: [machine.prepared, ...after],
  });
}
