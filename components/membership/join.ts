import type * as pulumi from "@pulumi/pulumi";
import { command } from "../machines/command";
import { receiveGrant } from "../machines/connection";
import type { PreparedMachine } from "../machines/machine";
import { timeouts } from "../machines/timeouts";
import { keysOf, type Authorities } from "./authorities";
import { encryptionFor, encryptionKeysFor } from "./encryption";
import type { Formation } from "./form";
import { grant, type MembershipContext } from "./grant";

/**
 * `<cluster>-<machine>-join`: makes a machine a member for the first time, beside others that join, which saves
 * a third of the time of a first `up`. A machine that is a member already is left alone: its changes come by
 * `member`, one machine after the other.
 *
 * The machine that formed the cluster has it too, and is left alone like any member. Without it, a re-created first
 * machine would remove its stale etcd entry only when the joins of the others are done, which wait for that. `after`:
 * all control-plane machines are prepared.
 */
export function join(
  cluster: MembershipContext,
  args: {
    readonly machine: PreparedMachine;
    readonly formation: Formation;
    readonly authorities: Authorities;
    readonly after: readonly pulumi.Resource[];
  },
): pulumi.Resource {
  const { machine, formation, after } = args;
  const keys = keysOf(args);
  const encryption = encryptionFor(cluster.spec, formation);
  const encryptionKeys = encryptionKeysFor(cluster.spec, formation);
  return command(cluster, {
    name: `${machine.key}-join`,
    machine,
    line: receiveGrant("join"),
    stdin: machine => grant(cluster, { verb: "join", machine, ...keys, encryption, encryptionKeys }),
    secretStdin: true,
    secretOutputs: true,
    lifetime: "once a machine",
    timeout: timeouts(cluster.spec).verb,
    after: [formation.resource, ...after],
  });
}
