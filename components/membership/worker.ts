import type * as pulumi from "@pulumi/pulumi";
import type { WorkerPoolSpec } from "../config/spec";
import type { Prepared } from "../machines/machine";
import { grant, type GrantContext } from "./grant";
import { invite } from "./invite";
import type { Inviters } from "./inviters";
import { standing } from "./standing";

/** A worker and the pool whose settings it has. */
export interface Recruit {
  readonly ready: Prepared;
  readonly pool: WorkerPoolSpec;
}

/**
 * `<cluster>-<worker>-worker`: this machine is a worker, with its pool's labels and kubelet settings.
 *
 * It joins through the endpoint with the token and the CA pin of its invitation and never holds a key of a CA.
 * Create and update run the same verb; another machine under the name is invited anew and joins anew. `after` is the
 * last member: workers join a whole control plane, all at once, and begin their search for an inviter at the `turn`th.
 */
export function worker(
  name: string,
  context: GrantContext,
  { ready, pool }: Recruit,
  inviters: Inviters,
  turn: number,
  after: pulumi.Resource,
  parent: pulumi.Resource,
): pulumi.Resource {
  const { machine, resource } = ready;
  const invitation = invite(name, context, inviters, turn, machine, [after, resource], parent);
  return standing(
    `${name}-${machine.key}-worker`,
    context,
    ready,
    grant("worker", context, machine, { invitation, pool }),
    after,
    parent,
  );
}
