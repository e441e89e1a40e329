import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Prepared } from "../machines/machine";
import { grant, type GrantContext } from "./grant";
import { connection, QUIET_OUTPUT, receive } from "../machines/connection";
import { timeouts } from "../machines/timeouts";

/**
 * `<cluster>-<machine>-balancer`: keepalived and a balancer that goes to the control-plane machines of now. Runs
 * again when the roster changes, and reloads; before the first formation, as kubeadm waits for the VIP.
 */
export function balancer(
  name: string,
  context: GrantContext,
  ready: Prepared,
  parent: pulumi.Resource,
): pulumi.Resource {
  const { machine, hostKey, resource } = ready;
  const command = receive(machine);
  return new remote.Command(
    `${name}-${machine.key}-balancer`,
    {
      connection: connection(context.spec.ssh, machine, hostKey),
      create: command,
      update: command,
      stdin: pulumi.secret(grant("balancer", context, machine)),
      triggers: [machine.identity],
      logging: QUIET_OUTPUT,
      addPreviousOutputInEnv: false,
    },
    {
      parent,
      dependsOn: [resource],
      deleteBeforeReplace: true,
      customTimeouts: { create: timeouts(context.spec).verb, update: timeouts(context.spec).verb },
    },
  );
}
