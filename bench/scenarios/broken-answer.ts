import { onMachine } from "../../rack/cli/operator";

/**
 * Breaks the SSH connection over which a machine is handed its grant, at the instant at which the verb has succeeded and
 * its answer is sent: what was printed has arrived, how it ended has not. Resolves when the connection is broken.
 */
export const breakAfterAnswer = (machine: string): Promise<string> => onMachine(machine, [SCRIPT]);

/**
 * `receive` removes the result once it has printed it, and ends some milliseconds later; it is stopped in between. A loop
 * without a pause, since a pause would be longer. sshd passes on at once what it reads, and has a second for it.
 */
const SCRIPT = `
result=/run/rackplane/result.json
until [ -s $result ]; do sleep 0.02; done
receive=$(pgrep -o -f grant/verbs/receive.sh)
while [ -e $result ]; do :; done
kill -STOP $receive
session=$receive
until [ "$(cat /proc/$session/comm)" = sshd ]; do session=$(awk '{ print $4 }' /proc/$session/stat); done
sleep 1
kill -KILL $session
kill -CONT $receive 2>/dev/null || true`;
