import type * as pulumi from "@pulumi/pulumi";
import { command } from "../machines/command";
import { receiveGrant } from "../machines/connection";
import type { PreparedMachine } from "../machines/machine";
import { timeouts } from "../machines/timeouts";
import { grant, type MembershipContext } from "./grant";

/**
 * `<cluster>-<machine>-balancer`: keepalived and a balancer that goes to the control-plane machines of now. Runs
 * again when the roster changes, and reloads; before the first formation, as kubeadm waits for the VIP.
 */
export const balancer = (cluster: MembershipContext, machine: PreparedMachine): pulumi.Resource =>
  command(cluster, {
    name: `${machine.key}-balancer`,
    machine,
    line: receiveGrant("balancer"),
    stdin: machine => grant(cluster, { verb: "balancer", machine }),
    secretStdin: true,
    lifetime: "every change",
    timeout: timeouts(cluster.spec).verb,
    after: [machine.prepared],
  });
