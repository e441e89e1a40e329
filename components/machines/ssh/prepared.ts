import * as pulumi from "@pulumi/pulumi";
import { command } from "../command";
import { launched } from "../connection";
import { identityOf } from "../identity";
import { timeouts } from "../timeouts";
import type { MachinesContext } from "../context";
import type { Machine, PreparedMachine } from "../machine";

/**
 * `<cluster>-<machine>-prepared`: the on-node program is on the machine and has made it ready for its grant.
 *
 * Each new program or node document runs the preparation again. On a member it does nothing: a member gets both with
 * its grant, when its turn comes. The host key is the configuration's, checked from this first connection on.
 */
export function prepared(
  cluster: MachinesContext,
  machine: Machine,
  preflights: pulumi.Resource | undefined,
): PreparedMachine {
  const { hostKey } = machine;
  if (hostKey === undefined)
    throw new Error(`${machine.name}: found no host key, expected one; machines over SSH are known by it`);
  const resource = command(cluster, {
    name: `${machine.key}-prepared`,
    machine,
    line: machine => launched(machine, "adopt"),
    stdin: machine =>
      pulumi
        .all([cluster.node(machine), identityOf(machine)])
        .apply(([node, identity]) => JSON.stringify({ node, identity })),
    lifetime: "every change",
    timeout: timeouts(cluster.spec).prepared,
    after: [...machine.needs, ...(preflights === undefined ? [] : [preflights])],
  });
  return { ...machine, hostKey: pulumi.output(hostKey), prepared: resource };
}
