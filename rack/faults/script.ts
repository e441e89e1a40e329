import * as fs from "node:fs";
import * as path from "node:path";
import type { FaultTarget } from "./fault";

/** The constant scripts that faults run inside machines. */
export const SCRIPTS = path.join(__dirname, "machine");

/** Runs one of them on a machine, for what it prints. */
export const runScript = (machine: FaultTarget, name: string, ...words: readonly string[]): Promise<string> =>
  machine.exec(["bash", "-s", "--", ...words], fs.readFileSync(path.join(SCRIPTS, name), "utf8"));

/** Whether a command ends well on a machine. One that cannot be reached says no. */
export const succeeds = (machine: FaultTarget, argv: readonly string[]): Promise<boolean> =>
  machine.exec(argv).then(
    () => true,
    () => false,
  );
