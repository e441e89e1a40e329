import type { types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterContext } from "../cluster-context";
import { SSH_PORT } from "../config/values/ports";
import { hasHooks, valueOf } from "./hooks";
import { network, shared, type Ask, type SshServer } from "./reachable";

/**
 * Seconds for a machine's SSH server to answer: a rebooting machine is away for a minute or two, and the dials of the
 * command plugin last as long (connection.ts).
 */
const PATIENCE = 300;

/** Milliseconds between two looks at a server that turns connections away at once. */
const PAUSE = 1000;

/**
 * Looks at the machine's SSH server before each command on it, when the command is made and when it is updated, and never
 * at a preview. The command plugin's own limits cover the TCP connection alone. The kernel of a frozen machine still
 * accepts one, and the command then waits for ever, since no timeout of Pulumi's ends it. A machine that freezes later,
 * while a command runs, is not seen here.
 *
 * Nothing runs on a machine when a command is deleted, so nothing looks then.
 */
export function awake(cluster: ClusterContext): pulumi.ResourceHook[] {
  if (!hasHooks()) return [];
  const known = HOOKS.get(cluster.parent);
  if (known !== undefined) return [known];
  const hook = awakeHook(`${cluster.name}-ssh`, PATIENCE);
  HOOKS.set(cluster.parent, hook);
  return [hook];
}

/** The state names a resource's hooks, so all commands of a cluster share one. */
const HOOKS = new WeakMap<pulumi.Resource, pulumi.ResourceHook>();

/** The hook alone, with another patience. */
export const awakeHook = (name: string, seconds: number): pulumi.ResourceHook =>
  new pulumi.ResourceHook(name, lookBefore(seconds));

/** What the hook does. @throws Error naming the command, the machine and the reason, when no SSH server answers in time */
export function lookBefore(seconds: number): pulumi.ResourceHookFunction {
  // All commands on a machine share one look for a while: sshd takes many silent connections for an attack.
  const look = shared(server => sleeping(server, seconds));
  return async ({ name: command, newInputs = {} }) => {
    const connection = await valueOf(pulumi.output(newInputs.connection as types.input.remote.ConnectionArgs));
    const reason = await look(lookedAt(connection));
    if (reason !== undefined) throw new Error(asleep(command, connection, reason, seconds));
  };
}

type Connection = pulumi.Unwrap<types.input.remote.ConnectionArgs>;

/** A machine behind a bastion is looked at through it, as the command will reach it. */
const lookedAt = ({ host, port = SSH_PORT, proxy }: Connection): SshServer => ({
  name: host,
  host,
  port,
  behindBastion: proxy !== undefined,
  ...(proxy === undefined ? {} : { bastion: { ...proxy, port: proxy.port ?? SSH_PORT, user: proxy.user ?? "root" } }),
});

/** The last reason against the server; undefined as soon as it answers. */
export async function sleeping(
  server: SshServer,
  seconds: number,
  ask: Ask = at => network.ask(at),
): Promise<string | undefined> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const reason = await ask(server);
    if (reason === undefined || performance.now() >= deadline) return reason;
    await new Promise(resolve => setTimeout(resolve, PAUSE));
  }
}

function asleep(command: string, connection: Connection, reason: string, seconds: number): string {
  const { host, port, bastion } = lookedAt(connection);
  const whose = bastion === undefined ? "" : `, through the bastion ${bastion.host}`;
  return [
    `${command}: found no SSH server that answers at ${host} port ${port}${whose}: ${reason}; expected one within ${seconds} s.`,
    "The machine may be frozen or off, or the way to it from here is cut. Restart it, or mend the way, and run",
    "'pulumi up' again; it goes on from here. Nothing was sent to the machine.",
  ].join(" ");
}
