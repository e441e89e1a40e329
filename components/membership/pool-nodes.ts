import type * as pulumi from "@pulumi/pulumi";
import type { WorkerPoolSpec } from "../config/spec";
import { command } from "../machines/command";
import { receiveGrant } from "../machines/connection";
import type { Machine } from "../machines/machine";
import { timeouts } from "../machines/timeouts";
import { grant, type MembershipContext } from "./grant";
import type { Inviters } from "./inviters";

/**
 * `<cluster>-<pool>-nodes`: the labels and taints of a pool's Nodes, by a member that is reachable: a worker may not set
 * its own taints. Workers have both from their first moment; this follows edits, one that takes a label away, too.
 */
export function poolNodes(
  cluster: MembershipContext,
  args: {
    readonly pool: WorkerPoolSpec;
    readonly workers: readonly Machine[];
    readonly inviters: Inviters;
    readonly after: readonly pulumi.Resource[];
  },
): pulumi.Resource {
  const { pool, workers, inviters, after } = args;
  const nodes = { names: workers.map(({ name }) => name), labels: pool.labels, taints: pool.taints };
  return command(cluster, {
    name: `${pool.name}-nodes`,
    machine: inviters.choose({ turn: 0, after }).machine,
    line: receiveGrant("nodes"),
    stdin: machine => grant(cluster, { verb: "nodes", machine, nodes }),
    secretOutputs: true,
    lifetime: "every change",
    timeout: timeouts(cluster.spec).verb,
    after,
  });
}
