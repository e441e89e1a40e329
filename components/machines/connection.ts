import { remote, types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
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
  machine: Machine,
  hostKey?: pulumi.Input<string>,
): types.input.remote.ConnectionArgs {
  const { user, port, bastion } = machine.login;
  const key = ssh.privateKey === undefined ? {} : { privateKey: ssh.privateKey };
  return {
    host: machine.sshHost,
    ...(port === undefined ? {} : { port }),
    user,
    ...key,
    hostKey,
    ...PATIENCE,
    ...(bastion === undefined ? {} : { proxy: { ...bastion, user: bastion.user ?? ssh.user, ...key, ...PATIENCE } }),
  };
}

/** `sudo` only where it is needed: minimal images have none. */
export const asRoot = ({ user }: Pick<Login, "user">, command: string): string =>
  user === "root" ? command : `sudo -n ${command}`;

/** The on-node program takes a grant on standard input and runs its verb. */
export const receive = ({ login }: Machine): string => asRoot(login, "/opt/rackplane/bin/rackplane receive");

/** Progress goes to standard error and is shown; standard output may hold keys and is not. */
export const QUIET_OUTPUT = remote.Logging.Stderr;
