import { remote, types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { SshSpec } from "../config/spec";
import type { Machine } from "../machines/machine";

/**
 * SSH to a machine. Without a private key in the configuration the caller's SSH agent signs: the command
 * plugin finds its socket in SSH_AUTH_SOCK by itself. Named here, each new shell would change every member.
 */
export function connection(
  ssh: SshSpec, machine: Machine, hostKey?: pulumi.Input<string>,
): types.input.remote.ConnectionArgs {
  return {
    host: machine.sshHost,
    user: ssh.user,
    ...(ssh.privateKey === undefined ? {} : { privateKey: ssh.privateKey }),
    hostKey,
    // A rebooting machine is away for a minute or two; 1 s to 15 s a try makes this about five minutes.
    dialErrorLimit: 30,
    perDialTimeout: 10,
  };
}

/** `sudo` only where it is needed: minimal images have none. */
export const asRoot = (ssh: SshSpec, command: string): string => (ssh.user === "root" ? command : `sudo -n ${command}`);

/** The on-node program takes a grant on standard input and runs its verb. */
export const receive = (ssh: SshSpec): string => asRoot(ssh, "/opt/rackplane/bin/rackplane receive");

/** Progress goes to standard error and is shown; standard output may hold keys and is not. */
export const QUIET_OUTPUT = remote.Logging.Stderr;
