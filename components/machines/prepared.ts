import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec } from "../config/spec";
import type { Login, Machine, Prepared } from "./machine";
import { asRoot, connection, QUIET_OUTPUT } from "./connection";
import { timeouts } from "./timeouts";

/** Seconds for cloud-init to write the on-node program, counted from the first SSH login. */
const PROGRAM_DEADLINE = 300;

/** Waits for the program that user data brings, then follows its progress until the machine is prepared. */
const AWAIT_PREPARED = (login: Login): string =>
  [
    "i=0; until [ -x /opt/rackplane/bin/rackplane ]; do",
    `i=$((i+1)); [ "$i" -le ${PROGRAM_DEADLINE} ] || {`,
    `echo "waited ${PROGRAM_DEADLINE} s for cloud-init to write /opt/rackplane/bin/rackplane; see /var/log/cloud-init.log on the machine" >&2; exit 1; };`,
    "sleep 1; done;",
    `exec ${asRoot(login, "/opt/rackplane/bin/rackplane await prepared")}`,
  ].join(" ");

/**
 * `<cluster>-<machine>-prepared`: the rented machine has booted and is ready for its grant.
 *
 * Its output is the machine's SSH host key, pinned from first boot: user data cannot carry a private
 * host key (it is no place for secrets), so this first connection, over which nothing secret travels,
 * learns the key that the machine made for itself, and every later one checks it. A replaced machine
 * has another identity and is learned anew; a changed key on the same machine is refused.
 */
export function prepared(name: string, spec: ClusterSpec, machine: Machine, parent: pulumi.Resource): Prepared {
  const resource = new remote.Command(
    `${name}-${machine.key}-prepared`,
    {
      connection: connection(spec.ssh, machine),
      create: AWAIT_PREPARED(machine.login),
      triggers: [machine.identity],
      logging: QUIET_OUTPUT,
      addPreviousOutputInEnv: false,
    },
    {
      parent,
      dependsOn: machine.needs,
      deleteBeforeReplace: true,
      // A second, unchecked look would accept whatever key it found.
      ignoreChanges: ["connection", "create", "logging"],
      customTimeouts: { create: timeouts(spec).prepared },
    },
  );
  return { machine, hostKey: resource.stdout.apply(line => line.trim()), resource };
}
