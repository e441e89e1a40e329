import type * as pulumi from "@pulumi/pulumi";
import { command } from "../machines/command";
import { receiveGrant } from "../machines/connection";
import type { PreparedMachine } from "../machines/machine";
import { timeouts } from "../machines/timeouts";
import { backupTerms } from "./backups";
import { keysOf, type Authorities } from "./authorities";
import { toldOf } from "./authority-steps";
import { certificateTerms, withRenewal } from "./certificates";
import { encryptionFor, encryptionKeysFor } from "./encryption";
import type { Formation } from "./form";
import { restoreNote } from "./restore";
import { grant, type MembershipContext } from "./grant";
import { told } from "./told";

/**
 * `<cluster>-<machine>-member`: make this machine a healthy member at this version with this configuration.
 *
 * Create and update run the same idempotent verb. Another machine under the name is another resource (the trigger); any
 * other change, the on-node program included, is an update. `after` is the machine before it in the roster: members change
 * one at a time, and each change waits for the health of all members.
 */
export function member(
  cluster: MembershipContext,
  args: {
    readonly machine: PreparedMachine;
    readonly formation: Formation;
    readonly authorities: Authorities;
    readonly after: readonly pulumi.Resource[];
  },
): pulumi.Resource {
  const { machine, formation, after } = args;
  const { exchange } = args.authorities;
  const keys = keysOf(args);
  const encryption = encryptionFor(cluster.spec, formation);
  const encryptionKeys = encryptionKeysFor(cluster.spec, formation);
  const backups = backupTerms(cluster.spec, formation.pki);
  const terms = keys.formed.apply(caCertificate => certificateTerms(cluster.spec, { now: cluster.now, caCertificate }));
  return command(cluster, {
    name: `${machine.key}-member`,
    machine,
    line: machine =>
      withRenewal(receiveGrant("member")(machine), terms).apply(line =>
        exchange ? `${line} # ${toldOf(exchange.spec)}${restoreNote(cluster)}` : `${line}${restoreNote(cluster)}`,
      ),
    stdin: machine => grant(cluster, { verb: "member", machine, ...keys, encryption, encryptionKeys, backups }),
    secretStdin: true,
    secretOutputs: true,
    lifetime: "every change",
    beforeUpdate: told(cluster),
    timeout: timeouts(cluster.spec).verb,
    after: [machine.prepared, ...after],
  });
}
