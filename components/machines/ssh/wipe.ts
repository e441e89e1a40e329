import { createHash } from "node:crypto";
import { dirname } from "node:path/posix";
import * as pulumi from "@pulumi/pulumi";
import { asRoot } from "../../../cloud-init/launch";
import type { ClusterContext } from "../../cluster-context";
import { command } from "../command";
import { valueOf } from "../hooks";
import { onNode, PROGRAM, type Patience } from "../connection";
import type { Machine } from "../machine";

/** Nothing waits for a machine that is off for longer than a minute: four dials of at most 10 s, with pauses below 1 s. */
const PATIENCE: Patience = { dialErrorLimit: 3, perDialTimeout: 10 };

/** On the machine: the resources that are to wipe it, a line each (grant/wipe/whose.sh reads it, too). */
const CLAIMS = "/etc/rackplane/claims";

/**
 * The same for every machine of a component, and another one where the component is renamed or put into another: Pulumi then
 * makes new resources for the machines and deletes the old ones, or the new ones where that edit failed and is taken back.
 * Whichever goes first must not wipe what is in use: the last one that claims a machine wipes it.
 */
const claimOf = (parent: pulumi.Resource): pulumi.Output<string> =>
  // By a promise: an Output of the component's would have the resource wait for the component's resources, itself among them.
  pulumi.output(valueOf(parent.urn).then(urn => createHash("sha256").update(urn).digest("hex").slice(0, 12)));

/**
 * Services stop, `kubeadm reset`, files and interfaces go, in at most a quarter of an hour; pods are not waited for. Before,
 * another wipe that runs there is waited for, ten minutes at most (grant/verbs/wipe.sh).
 */
const TIMEOUT = "30m";

/**
 * `<cluster>-<machine>-wipe`: takes everything of the cluster off this machine, its keys first of all, when the command is
 * deleted: by `pulumi destroy`, after all else that is in the cluster, and at the end of the `up` in which the machine is
 * no longer in the configuration. A machine that left in order has done so itself, and the line finds nothing to do.
 *
 * Made before anything else changes on the machine (`after`), so that a cluster made by half is taken away, too. Then it
 * claims the machine, with what wiping needs, root's rights; an update claims it anew. It has no trigger: deleting on a
 * machine that another one has replaced under its name would wait for a host that may be gone. No hook of Pulumi's can look
 * at the machine before: with a hook for deletions `pulumi destroy` would ask for the program. Where a machine is gone for
 * good, its keys with it, the command is taken out of the state by a person (`pulumi state delete`, docs/replace.md).
 */
export function wipe(cluster: ClusterContext, machine: Machine, after: readonly pulumi.Resource[]): pulumi.Resource {
  const { user } = machine.login;
  const claim = claimOf(cluster.parent);
  const wiped = onNode(machine, `wipe ${cluster.spec.name} ${machine.name}`);
  const put = (how: ">" | ">>") =>
    pulumi.interpolate`${asRoot(user, "sh")} -c 'mkdir -p ${dirname(CLAIMS)}; echo ${claim} ${how}${CLAIMS}'`;
  return command(cluster, {
    name: `${machine.key}-wipe`,
    machine,
    line: () => put(">>"),
    // Of one resource that has another connection or claim by now, none of before is left.
    updateLine: put(">"),
    atDeletion: {
      // By its name and the claims the program sees whether the machine is still the one that is meant. One that no program
      // came to, or that was wiped, has none.
      line: pulumi.interpolate`[ ! -x ${PROGRAM} ] || ${wiped} ${claim}`,
      timeout: TIMEOUT,
    },
    patience: PATIENCE,
    lifetime: "every change, in place",
    timeout: "10m",
    after,
  });
}
