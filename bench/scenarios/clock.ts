import * as fs from "node:fs";
import * as path from "node:path";
import { onMachine } from "../../rack/cli/operator";
import { FAKETIME_PACKAGE, libraryThere } from "../../rack/faults/clock";
import { SCRIPTS } from "../../rack/faults/script";
import { installPackages } from "../../rack/setup/packages";

/** An announcer, with all that it starts, whose date can be set while it runs. */
export interface ShiftedClock {
  /** Sets its date `seconds` after the host's, or before. */
  set(seconds: number): Promise<void>;
  /** Gives it the host's date again. */
  end(): Promise<void>;
}

/** Restarts a machine's announcer with a clock of its own; what is announced stays. */
export async function shiftClock(machine: string): Promise<ShiftedClock> {
  await installPackages(() => undefined, FAKETIME_PACKAGE);
  const { command, input } = libraryThere();
  await onMachine(machine, [command], { input });
  const script = fs.readFileSync(path.join(SCRIPTS, "clock.sh"), "utf8");
  const run = async (...words: string[]) =>
    void (await onMachine(machine, ["bash", "-s", "--", ...words], { input: script }));
  await run("prepare");
  return { set: seconds => run("set", String(seconds)), end: () => run("end") };
}
