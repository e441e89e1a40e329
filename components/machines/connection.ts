import type { types } from "@pulumi/command";
import type { SshSpec } from "../config/spec";
import { asRoot, launch } from "../../cloud-init/launch";
import { VERBS, type Verb } from "../../cloud-init/contract/verbs";
import { programArchive, PROGRAM_DIRECTORY } from "../../cloud-init/program";
import type { Machine } from "./machine";

/** Failed dials that are borne, and seconds for one. */
export interface Patience {
  readonly dialErrorLimit: number;
  readonly perDialTimeout: number;
}

/** A rebooting machine is away for a minute or two; 30 tries of 1 s to 15 s each last about five minutes. */
const PATIENCE: Patience = { dialErrorLimit: 30, perDialTimeout: 10 };

/**
 * SSH to a machine. Without a private key in the configuration the caller's SSH agent signs; the command plugin finds
 * the agent's socket in SSH_AUTH_SOCK by itself. If the socket were named here, each new shell would change every
 * member.
 */
export function connection(
  ssh: SshSpec,
  { sshHost, login, hostKey }: Pick<Machine, "sshHost" | "login" | "hostKey">,
  patience: Patience = PATIENCE,
): types.input.remote.ConnectionArgs {
  const { user, port, bastion } = login;
  const key = ssh.privateKey === undefined ? {} : { privateKey: ssh.privateKey };
  return {
    host: sshHost,
    ...(port === undefined ? {} : { port }),
    user,
    ...key,
    hostKey,
    ...patience,
    ...(bastion === undefined ? {} : { proxy: { ...bastion, user: bastion.user ?? ssh.user, ...key, ...patience } }),
  };
}

/** Where the installed on-node program is. */
export const PROGRAM = `${PROGRAM_DIRECTORY}/bin/rackplane`;

type Reached = Pick<Machine, "login">;

/** A line that runs a verb of the on-node program that is installed, whichever that is. */
export const onNode = ({ login: { user } }: Reached, verb: string): string => asRoot(user, `${PROGRAM} ${verb}`);

/** A line that runs a verb of this version of the program, which `copyProgram` brought to the machine before. */
export const launched = ({ login: { user } }: Reached, verb: string): string =>
  launch(programArchive().hash, verb, user);

/** The line with which the on-node program takes a grant for a verb on standard input and runs it. */
export const receiveGrant =
  (verb: Verb): ((machine: Reached) => string) =>
  machine =>
    VERBS[verb].writesFacts ? launched(machine, "receive") : onNode(machine, "receive");
