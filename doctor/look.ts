import { asRoot } from "../cloud-init/launch";
import { PROGRAM_DIRECTORY, programArchive } from "../cloud-init/program";
import type { Machine } from "./machines";
import type { MachineReport, Seen, SshFault } from "./report";
import { onMachine, type Ended, type SshSettings } from "./ssh";

/** The exit code by which a machine says that it has another program, or none. */
const OTHER_PROGRAM = 86;

/**
 * Asks one machine. One that has the doctor's own program runs it; any other is sent it for this one question, into
 * memory, and what is installed stays as it is.
 */
export async function look(machine: Machine, settings: SshSettings): Promise<MachineReport> {
  const before = Date.now() / 1000;
  let installed: string | undefined = programArchive().hash;
  let ended = await onMachine(machine, settings, ownProgram(machine));
  if ("code" in ended && ended.code === OTHER_PROGRAM) {
    installed = ended.stdout.trim();
    ended = await onMachine(machine, settings, sentProgram(machine), programArchive().path);
  }
  const about = {
    name: machine.name,
    role: machine.role,
    where: `${machine.user}@${machine.host} port ${machine.port}`,
    asked: { before, after: Date.now() / 1000 },
  };
  if ("fault" in ended) return { ...about, fault: ended.fault };
  const seen = seenIn(ended);
  return "kind" in seen ? { ...about, installed, fault: seen } : { ...about, installed, seen };
}

/** Runs the installed program if it is the doctor's; else says which one it is. */
const ownProgram = ({ user }: Machine): string =>
  `h=$(cat ${PROGRAM_DIRECTORY}/hash 2>/dev/null); if [ "$h" = ${programArchive().hash} ]; then exec ${asRoot(user, `${PROGRAM_DIRECTORY}/bin/rackplane examine`)}; fi; echo "$h"; exit ${OTHER_PROGRAM}`;

/** Runs the program that comes on standard input, from memory; sent files are gone when it ends. */
const sentProgram = ({ user }: Machine): string =>
  asRoot(
    user,
    `sh -c 'd=$(mktemp -d /run/rackplane-doctor.XXXXXX) && trap "rm -rf $d" EXIT && tar -xf - -C $d --no-same-owner && RACKPLANE_BUNDLE=$d bash $d/bin/rackplane examine'`,
  );

/** What a machine told, or why it told nothing. Pure. */
export function seenIn({ code, stdout, stderr }: Exclude<Ended, { fault: SshFault }>): Seen | SshFault {
  if (code === 0) {
    try {
      const seen = JSON.parse(stdout) as Seen;
      if (seen.schema === 1) return seen;
    } catch {
      // A login that prints something of its own.
    }
    return { kind: "failed", words: `an answer that is none of its program: ${JSON.stringify(stdout.slice(0, 100))}` };
  }
  if (/^sudo: /m.test(stderr)) return { kind: "sudo", words: lastLine(stderr) };
  return { kind: "failed", words: `'rackplane examine' ended with status ${code}: ${lastLine(stderr)}` };
}

const lastLine = (text: string): string => text.trim().split("\n").at(-1)?.slice(-300) || "no word of a reason";
