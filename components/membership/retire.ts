import * as pulumi from "@pulumi/pulumi";
import { command } from "../machines/command";
import { hasHooks } from "../machines/hooks";
import type { Machine } from "../machines/machine";
import { timeouts } from "../machines/timeouts";
import { grant, type MembershipContext } from "./grant";
import { lineOf, type Inviters } from "./inviters";
import { grantIn } from "./told";

/**
 * `<cluster>-retire`: machines that are no longer in the configuration leave the cluster, seen off by a member that stays
 * and is reachable. It comes after every join and every change (`after`): then those that stay know each other, balancers
 * lead to nothing that goes, and new workers take the pods. What becomes of the machines themselves comes after it:
 * Pulumi deletes rented ones, and has the others wiped, at the end of an `up`.
 *
 * It runs whenever who stays is another one, and finds nothing to do where none leaves.
 */
export function retire(
  cluster: MembershipContext,
  args: {
    readonly inviters: Inviters;
    /** Every machine of the cluster, the control plane's and the workers'. */
    readonly machines: readonly Machine[];
    readonly after: readonly pulumi.Resource[];
  },
): pulumi.Resource {
  const { inviters, after } = args;
  const staying = args.machines.map(({ name }) => name);
  return command(cluster, {
    name: "retire",
    machine: inviters.choose({ turn: 0, after }).machine,
    line: lineOf(inviters, "retire"),
    stdin: machine => grant(cluster, { verb: "retire", machine, staying }),
    secretOutputs: true,
    lifetime: "every change, in place",
    beforeUpdate: hasHooks() ? [leavingHook(`${cluster.name}-leaving`, staying)] : [],
    timeout: timeouts(cluster.spec).verb,
    after,
  });
}

/** Tells who leaves, at the preview and before it is done. Who stays is known even where the new grant is not yet. */
export const leavingHook = (name: string, staying: readonly string[]): pulumi.ResourceHook =>
  new pulumi.ResourceHook(
    name,
    async ({ oldInputs = {} }) => {
      const words = leaving((await grantIn(oldInputs))?.staying ?? [], staying);
      if (words !== undefined) await pulumi.log.info(words);
    },
    { onDryRun: true },
  );

/** What is told of the machines that stayed before and do not any more; undefined of none. */
export function leaving(before: readonly string[], staying: readonly string[]): string | undefined {
  const gone = before.filter(name => !staying.includes(name));
  if (gone.length === 0) return undefined;
  const [whose, leave] = gone.length === 1 ? ["its", "leaves"] : ["their", "leave"];
  const names = [...gone.slice(0, -2), gone.slice(-2).join(" and ")].join(", ");
  return `${names} ${leave} the cluster: ordinary pods are moved, then ${whose} etcd ${gone.length === 1 ? "member, Node" : "members, Nodes"} and keys are removed`;
}
