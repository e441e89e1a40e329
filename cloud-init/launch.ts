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
    // Two steps: in one command the shell would ignore that `tar` failed.
    `[ -e $a ] || { echo "rackplane: found no $a in $PWD on $(uname -n); run 'pulumi up --replace' with the URN of this machine's -program resource" >&2; exit 1; }`,
    `l=$(tar -xOf $a bin/launch) && exec ${asRoot(user, `sh -c "$l" launch $a ${verb}`)}`,
  ].join("; ");

/** A command with root's rights. */
export const asRoot = (user: string, command: string): string => (user === "root" ? command : `sudo -n ${command}`);
