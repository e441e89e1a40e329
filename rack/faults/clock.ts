import * as fs from "node:fs";
import type { FaultTarget, MachineFault, Site } from "./fault";
import { runScript } from "./script";

/** Debian's libfaketime on the host, and where machines have it. */
export const FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
export const FAKETIME_PACKAGE = { libfaketime: FAKETIME };

/** The command that writes the library on a machine, and its input. */
export const libraryThere = (): { readonly command: string; readonly input: string } => {
  if (!fs.existsSync(FAKETIME))
    throw new Error(`fault clock: found no ${FAKETIME}, expected it on the host; install Debian's package libfaketime`);
  return { command: "base64 -d >/run/libfaketime.so.1", input: fs.readFileSync(FAKETIME).toString("base64") };
};

/** Seconds: past every lease, timer and time-out of a day. */
const SHIFT = 86_400;

const anAnnouncer = ({ endpoint }: Site) => endpoint !== "external";

/** What of a machine trusts a date, as far as that can be shifted on machines that share one: its announcer. */
const shifted = (name: string, seconds: number, what: string): MachineFault => ({
  of: "machine",
  name,
  what,
  applies: anAnnouncer,
  prepare: async machine => {
    await putLibrary(machine);
    await runScript(machine, "clock.sh", "prepare");
  },
  inject: async machine => void (await runScript(machine, "clock.sh", "set", String(seconds))),
  heal: async machine => void (await runScript(machine, "clock.sh", "set", "0")),
  tidy: async machine => void (await runScript(machine, "clock.sh", "end")),
});

async function putLibrary(machine: FaultTarget): Promise<void> {
  const { command, input } = libraryThere();
  await machine.exec(["sh", "-c", command], input);
}

export const clockForward = shifted(
  "clock-forward",
  SHIFT,
  "set the announcer's clock a day forward at once, until healed",
);
export const clockBack = shifted("clock-back", -SHIFT, "set the announcer's clock a day back at once, until healed");
