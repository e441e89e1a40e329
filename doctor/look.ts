import { asRoot } from "../cloud-init/launch";
import { PROGRAM_DIRECTORY, programArchive } from "../cloud-init/program";
import type { Machine } from "./machines";
import type { MachineReport, Seen, SshFault } from "./report";
import { onMachine, type Ended, type SshSettings } from "./ssh";

/** The exit code by which a machine says that it has another program, or none. */
const OTHER_PROGRAM = 86;

/** Machines that are asked side by side: a bastion's SSH server turns the eleventh away that begins (MaxStartups). */
const AT_ONCE = 8;

/** Asks every machine, some at a time; the reports are in the machines' order. */
export async function lookAtAll(machines: readonly Machine[], settings: SshSettings): Promise<MachineReport[]> {
  const reports: MachineReport[] = [];
  let next = 0;
  const turn = async () => {
    for (let i = next++; i < machines.length; i = next++) reports[i] = await look(machines[i] as Machine, settings);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, turn));
  return reports;
}

/**
 * Asks one machine. One that has the doctor's own program runs it; any other is sent it for this one question, into
 * memory, and what is installed stays as it is.
 */
async function look(machine: Machine, settings: SshSettings): Promise<MachineReport> {
  const before = Date.now() / 1000;
  let installed: string | undefined = programArchive().hash;
  let ended = await onMachine(machine, settings, ownProgram(machine));
  if ("code" in ended && ended.code === OTHER_PROGRAM) {
    installed = lastLine(ended.stdout);
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
      // A login may print something of its own before.
      const seen = JSON.parse(lastLine(stdout)) as Seen;
      if (seen.schema === 1) return seen;
    } catch {
      // Told below.
    }
    return { kind: "failed", words: `an answer that is none of its program: ${JSON.stringify(stdout.slice(0, 100))}` };
  }
  const words = lastLine(stderr).slice(-300) || "no word of a reason";
  if (/^sudo: /m.test(stderr)) return { kind: "sudo", words };
  return { kind: "failed", words: `'rackplane examine' ended with status ${code}: ${words}` };
}

const lastLine = (text: string): string => text.trim().split("\n").at(-1) ?? "";
