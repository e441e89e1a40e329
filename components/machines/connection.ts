import type { types } from "@pulumi/command";
import type { SshSpec } from "../config/spec";
import type { Login, Machine } from "./machine";

/** A rebooting machine is away for a minute or two; 1 s to 15 s a try makes this about five minutes. */
const PATIENCE = { dialErrorLimit: 30, perDialTimeout: 10 };

/**
 * SSH to a machine. Without a private key in the configuration the caller's SSH agent signs: the command
 * plugin finds its socket in SSH_AUTH_SOCK by itself. Named here, each new shell would change every member.
 */
export function connection(
  ssh: SshSpec,
  { sshHost, login, hostKey }: Pick<Machine, "sshHost" | "login" | "hostKey">,
): types.input.remote.ConnectionArgs {
  const { user, port, bastion } = login;
  const key = ssh.privateKey === undefined ? {} : { privateKey: ssh.privateKey };
  return {
    host: sshHost,
    ...(port === undefined ? {} : { port }),
    user,
    ...key,
    hostKey,
    ...PATIENCE,
    ...(bastion === undefined ? {} : { proxy: { ...bastion, user: bastion.user ?? ssh.user, ...key, ...PATIENCE } }),
  };
}

type User = Pick<Login, "user">;

/** `sudo` only where it is needed: minimal images have none. */
export const asRoot = ({ user }: User, command: string): string => (user === "root" ? command : `sudo -n ${command}`);

/** Where the on-node program is. */
export const PROGRAM = "/opt/rackplane/bin/rackplane";

/** A line that runs a verb of the on-node program. */
export const onNode = (login: User, verb: string): string => asRoot(login, `${PROGRAM} ${verb}`);

/** The line with which the on-node program takes a grant on standard input and runs its verb. */
export const receiveGrant = ({ login }: Pick<Machine, "login">): string => onNode(login, "receive");
