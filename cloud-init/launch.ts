import { PROGRAM_DIRECTORY } from "./program";

/** The archive of the on-node program in the home directory of the user who logs in. */
export const archiveName = (hash: string): string => `.rackplane-${hash}.tar`;

/**
 * The command line that runs a verb of the program with this hash, the machine's own or the one that was copied to it
 * (node/bin/launch). For a POSIX shell in the login's home directory.
 *
 * @param user `sudo` is used only where it is needed: minimal images have none
 */
export const launch = (hash: string, verb: string, user: string): string =>
  [
    `a=${archiveName(hash)}`,
    // A machine that has the program needs no archive; what is wrong with one the launcher says, of either origin.
    `l=$(tar -xOf $a bin/launch 2>/dev/null) || l=$(cat ${PROGRAM_DIRECTORY}/bin/launch) || { echo "$(uname -n): found no readable $PWD/$a; 'pulumi up --replace' its -program" >&2; exit 1; }`,
    `exec ${asRoot(user, `sh -c "$l" launch $a ${verb}`)}`,
  ].join("; ");

/** A command with root's rights. */
export const asRoot = (user: string, command: string): string => (user === "root" ? command : `sudo -n ${command}`);
