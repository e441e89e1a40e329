import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { bootBundle, type NodeFiles } from "../../../cloud-init/node-bundle";
import { IDENTITY_FILE, type MachineIdentity, type NodeSpec } from "../../../cloud-init/node-spec";
import { NODE_JSON } from "../../../cloud-init/user-data";
import { command } from "../command";
import { asRoot } from "../connection";
import { identityOf } from "../identity";
import { timeouts } from "../timeouts";
import type { MachinesContext } from "../context";
import type { Machine, PreparedMachine } from "../machine";
import type { Preflights } from "../preflight";

/** Constant; what varies comes to it on standard input. */
const BOOTSTRAP = readFileSync(join(__dirname, "bootstrap.sh"), "utf8");

/**
 * `<cluster>-<machine>-prepared`: the on-node program is on the machine and has made it ready for its grant.
 *
 * Each new program or node document runs it again, which does nothing to a machine that is a member: that one gets
 * them with its grant, when its turn comes. The host key is the configuration's, checked from this first connection
 * on.
 */
export function prepared(cluster: MachinesContext, machine: Machine, preflights: Preflights): PreparedMachine {
  const { hostKey } = machine;
  if (hostKey === undefined)
    throw new Error(`${machine.name}: found no host key, expected one; machines over SSH are known by it`);
  const resource = command(cluster, {
    name: `${machine.key}-prepared`,
    machine,
    line: ({ login }) => asRoot(login, `sh -c '${BOOTSTRAP.replace(/'/g, "'\\''")}'`),
    stdin: machine =>
      pulumi
        .all([cluster.node(machine), identityOf(machine), preflights.distinct])
        .apply(([node, identity]) => bootstrapInput(node, identity)),
    lifetime: "every change",
    timeout: timeouts(cluster.spec).prepared,
    after: [...machine.needs, ...preflights.resources],
  });
  return { ...machine, hostKey: pulumi.output(hostKey), prepared: resource };
}

/** What user data carries on a rented machine, and who the machine is, which no metadata service says here. */
function bootstrapInput(node: NodeSpec, identity: MachineIdentity): string {
  const document = (value: object) => ({ mode: "0644" as const, content: `${JSON.stringify(value, null, 2)}\n` });
  const files: NodeFiles = { ...bootBundle(), [NODE_JSON]: document(node), [IDENTITY_FILE]: document(identity) };
  return JSON.stringify({ files });
}
