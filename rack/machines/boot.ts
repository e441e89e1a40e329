import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { tail } from "../command";
import { until } from "../network/until";
import { cgroups } from "./cgroups";
import { identify, isAlive, nameOf, type ProcessId } from "./processes";
import { machinePaths, namespaceOf, type MachineEntry } from "./store";

/** How a boot of a machine ended. */
export type BootEnd = "reboot-asked" | "powered-off" | "killed";

/** One boot of a machine, from launch until its first process is gone. */
export interface Boot {
  readonly launcher: ProcessId;
  readonly init: ProcessId;
  readonly ended: Promise<BootEnd>;
}

const script = (name: string) => path.join(__dirname, name);

/** Starts a machine in its cgroups and namespaces; returns once its disk is mounted and systemd has taken over. */
export async function launch(entry: MachineEntry, stateDir?: string): Promise<Boot> {
  const paths = machinePaths(entry.record.id, stateDir);
  for (const file of [paths.initPid, paths.exit]) fs.rmSync(file, { force: true });
  const entered = cgroups().makeMachine(entry.label);
  const console = fs.openSync(paths.console, "a");
  fs.writeSync(console, `--- boot ${entry.boots + 1}, ${new Date().toISOString()}\n`);
  // Detached: a signal to the daemon's group, as from a terminal, is none to its machines.
  const child = spawn(
    "bash",
    [
      script("launch.sh"),
      namespaceOf(entry),
      entered.join(":"),
      paths.directory,
      entry.layers.join(":"),
      entry.record.hostname,
    ],
    { detached: true, cwd: "/", stdio: ["ignore", console, console] },
  );
  fs.closeSync(console);
  const gone = new Promise<void>(resolve => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  child.unref();

  const words = () => `${paths.console} ends:\n${tail(fs.readFileSync(paths.console, "utf8"))}`;
  const launcher = child.pid === undefined ? undefined : identify(child.pid);
  if (launcher === undefined) throw new Error(`machine ${entry.label}: its launcher did not start\n${words()}`);
  const first = () => (fs.existsSync(paths.initPid) ? Number(fs.readFileSync(paths.initPid, "utf8")) : undefined);
  const runs = () => {
    const pid = first();
    return pid !== undefined && !["bash", ""].includes(nameOf(pid));
  };
  await until(`machine ${entry.label} to run its init`, () => runs() || !isAlive(launcher), {
    seconds: 15,
    hint: words,
  });
  const init = identify(first() ?? 0);
  if (init === undefined || !isAlive(launcher))
    throw new Error(`machine ${entry.label}: its first process ended at once\n${words()}`);
  return { launcher, init, ended: gone.then(() => readEnd(paths.exit)) };
}

/** Takes up a boot that an earlier daemon launched, if it still runs. */
export function adopt(entry: MachineEntry, stateDir?: string): Boot | undefined {
  const { launcher, init } = entry;
  if (launcher === undefined || init === undefined || !isAlive(launcher) || !isAlive(init)) return undefined;
  const { exit } = machinePaths(entry.record.id, stateDir);
  const ended = new Promise<BootEnd>(resolve => {
    // Another's child tells nobody of its end.
    const look = setInterval(() => {
      if (isAlive(launcher)) return;
      clearInterval(look);
      resolve(readEnd(exit));
    }, 250);
    look.unref();
  });
  return { launcher, init, ended };
}

/** How a machine's last boot ended, for a daemon that was not there. */
export function lastEnd(entry: MachineEntry, stateDir?: string): BootEnd {
  return readEnd(machinePaths(entry.record.id, stateDir).exit);
}

/** The launcher's note: `unshare` ends by the signal that ended the machine's first process. */
function readEnd(file: string): BootEnd {
  const code = fs.existsSync(file) ? fs.readFileSync(file, "utf8").trim() : "";
  return code === "129" ? "reboot-asked" : code === "130" ? "powered-off" : "killed";
}
