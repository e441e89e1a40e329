import * as pulumi from "@pulumi/pulumi";
import { command } from "../machines/command";
import { receiveGrant } from "../machines/connection";
import type { PreparedMachine } from "../machines/machine";
import { timeouts } from "../machines/timeouts";
import { certificateTerms, withRenewal } from "./certificates";
import { encryptionFor, encryptionKeysFor } from "./encryption";
import type { Formation } from "./form";
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
  { machine, formation, after }: { machine: PreparedMachine; formation: Formation; after: readonly pulumi.Resource[] },
): pulumi.Resource {
  const { pki } = formation;
  const encryption = encryptionFor(cluster.spec, formation);
  const encryptionKeys = encryptionKeysFor(cluster.spec, formation);
  const terms = pulumi
    .unsecret(pki)
    .apply(pki => certificateTerms(cluster.spec, { now: cluster.now, caCertificate: pki["ca.crt"] }));
  return command(cluster, {
    name: `${machine.key}-member`,
    machine,
    line: machine => withRenewal(receiveGrant("member")(machine), terms),
    stdin: machine => grant(cluster, { verb: "member", machine, pki, encryption, encryptionKeys }),
    secretStdin: true,
    secretOutputs: true,
    lifetime: "every change",
    beforeUpdate: told(cluster),
    timeout: timeouts(cluster.spec).verb,
    after: [machine.prepared, ...after],
  });
}
