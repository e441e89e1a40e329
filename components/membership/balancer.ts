import type * as pulumi from "@pulumi/pulumi";
import { command } from "../machines/command";
import { receiveGrant } from "../machines/connection";
import type { PreparedMachine } from "../machines/machine";
import { timeouts } from "../machines/timeouts";
import { grant, type MembershipContext } from "./grant";
import { told } from "./told";

/**
 * `<cluster>-<machine>-balancer`: keepalived and a balancer that leads to the current control-plane machines. Runs
 * again when the roster changes, and reloads the balancer then. The first run comes before the formation, because
 * kubeadm waits for the VIP. `after`: the other one of the pair.
 */
export const balancer = (
  cluster: MembershipContext,
  machine: PreparedMachine,
  after: readonly pulumi.Resource[],
): pulumi.Resource =>
  command(cluster, {
    name: `${machine.key}-balancer`,
    machine,
    line: receiveGrant("balancer"),
    stdin: machine => grant(cluster, { verb: "balancer", machine }),
    secretStdin: true,
    secretOutputs: true,
    lifetime: "every change",
    beforeUpdate: told(cluster),
    timeout: timeouts(cluster.spec).verb,
    after: [machine.prepared, ...after],
  });
