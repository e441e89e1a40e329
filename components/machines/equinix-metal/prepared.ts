import { asRoot } from "../../../cloud-init/launch";
import type { ClusterContext } from "../../cluster-context";
import { command } from "../command";
import { PROGRAM } from "../connection";
import type { Machine, PreparedMachine } from "../machine";
import { copyProgram } from "../program";
import { timeouts } from "../timeouts";
import { vouching } from "./vouched";

/** Seconds for cloud-init to write the on-node program, counted from the first SSH login. */
const PROGRAM_DEADLINE = 300;

/**
 * A script that waits for the program that user data brings, then follows its progress until the machine is prepared.
 * It goes on standard input: an error of Pulumi's command plugin quotes the whole command line. It is short, because
 * Pulumi's state keeps it twice for each machine.
 */
const awaitPrepared = ({ login: { user } }: Machine): string =>
  [
    `p=${PROGRAM}; i=0; until [ -x $p ]; do`,
    `[ $((i+=1)) -le ${PROGRAM_DEADLINE} ] || {`,
    `echo "waited ${PROGRAM_DEADLINE} s for cloud-init to write $p; see /var/log/cloud-init.log" >&2; exit 1; };`,
    "sleep 1; done;",
    `exec ${asRoot(user, "$p await prepared")}`,
  ].join(" ");

/**
 * `<cluster>-<machine>-prepared`: the rented machine has booted and is ready for its grant.
 *
 * Its output is the machine's SSH host key, pinned from first boot. User data is no place for secrets and cannot carry
 * a private host key, so this first connection, over which nothing secret travels, learns the key that the machine made
 * for itself. The second one brings the whole program, of which user data holds only a part; before it, the key has to
 * be the one that the machine told its platform (vouched.ts). Every later connection checks that key. A replaced machine
 * has another identity, so its key is learned anew; a changed key on the same machine is refused.
 */
export function prepared(cluster: ClusterContext, machine: Machine): PreparedMachine {
  const resource = command(cluster, {
    name: `${machine.key}-prepared`,
    machine,
    line: "sh -s",
    stdin: awaitPrepared,
    // A second, unchecked look would accept whatever key it found.
    lifetime: "once a machine",
    timeout: timeouts(cluster.spec).prepared,
    after: machine.needs,
  });
  const known = { ...machine, hostKey: resource.stdout.apply(line => line.trim()) };
  const guard = vouching(cluster, { ...known, learnedBy: resource });
  return { ...known, prepared: copyProgram(cluster, known, [resource], guard) };
}
