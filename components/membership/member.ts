import type * as pulumi from "@pulumi/pulumi";
import type { Prepared } from "../machines/machine";
import type { Formation } from "./form";
import { grant, type GrantContext } from "./grant";
import { standing } from "./standing";

/**
 * `<cluster>-<machine>-member`: make this machine a healthy member at this version with this configuration.
 *
 * Create and update run the same idempotent verb. Another machine under the name is another resource
 * (the trigger); any other change, the on-node program included, is an update. `after` is the machine
 * before it in the roster: membership changes one at a time, each behind the health of all.
 */
export function member(
  name: string,
  context: GrantContext,
  ready: Prepared,
  formation: Formation,
  after: pulumi.Resource,
  parent: pulumi.Resource,
): pulumi.Resource {
  const { machine } = ready;
  const { pki } = formation;
  const encryptionKey = context.spec.apiServer.encryption === undefined ? undefined : neededKey(formation);
  return standing(
    `${name}-${machine.key}-member`,
    context,
    ready,
    grant("member", context, machine, { pki, encryptionKey }),
    after,
    parent,
  );
}

/** Without the key that the other machines have, this one could not read their Secrets. */
const neededKey = ({ encryptionKey }: Formation): pulumi.Output<string> =>
  encryptionKey.apply(key => {
    if (key === undefined) {
      throw new Error(
        "apiServer.encryption: found a cluster that was formed without a key, expected the setting from the first `up` on; leave it out",
      );
    }
    return key;
  });
