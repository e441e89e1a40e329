import type * as pulumi from "@pulumi/pulumi";
import { command } from "../machines/command";
import { receiveGrant } from "../machines/connection";
import type { PreparedMachine } from "../machines/machine";
import { timeouts } from "../machines/timeouts";
import { backupTerms } from "./backups";
import { keysOf, type Authorities } from "./authorities";
import { formedAt, wasFormedBefore } from "./due";
import { encryptionFor, encryptionKeysFor } from "./encryption";
import type { Formation } from "./form";
import { grant, type MembershipContext } from "./grant";

/**
 * `<cluster>-<machine>-join`: makes a machine a member for the first time: in the `up` that forms the cluster beside others
 * that join, which saves a third of its time, later one after the other, as the start of several takes from those that serve
 * (with three at once on two processors, the VIP was without an answer for 1.3 s). They take turns on the machines and not
 * by `dependsOn`: machines that were lost wait for one another to remove their stale entries. A machine that is a member already is left alone: its changes come by
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
  const backups = backupTerms(cluster.spec, formation.pki);
  const encryptionKeys = encryptionKeysFor(cluster.spec, formation);
  const inTurn = keys.formed.apply(caCertificate => wasFormedBefore(cluster.now, formedAt(caCertificate)));
  return command(cluster, {
    name: `${machine.key}-join`,
    machine,
    line: receiveGrant("join"),
    stdin: machine => grant(cluster, { verb: "join", machine, ...keys, encryption, encryptionKeys, backups, inTurn }),
    secretStdin: true,
    secretOutputs: true,
    lifetime: "once a machine",
    timeout: timeouts(cluster.spec).join,
    after: [formation.resource, ...after],
  });
}
