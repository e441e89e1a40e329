import * as fs from "node:fs";
import { onMachine } from "../../rack/cli/operator";
import { installPackages } from "../../rack/setup/packages";

/** The rack's machines share the host's clock, so one program is given a date of its own. */
const LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
const DROP_IN = "/run/systemd/system/rackplane-announcer.service.d/clock.conf";
const SHIFT = "/run/clock-shift";

/** An announcer, with all that it starts, whose date can be set while it runs. */
export interface ShiftedClock {
  /** Sets its date `seconds` after the host's, or before. */
  set(seconds: number): Promise<void>;
  /** Gives it the host's date again. */
  end(): Promise<void>;
}

/** Restarts a machine's announcer with a clock of its own; what is announced stays. */
export async function shiftClock(machine: string): Promise<ShiftedClock> {
  await installPackages(() => undefined, { libfaketime: LIBRARY });
  await onMachine(machine, ["base64 -d >/run/libfaketime.so.1"], {
    input: fs.readFileSync(LIBRARY).toString("base64"),
  });
  const set = async (seconds: number) =>
    void (await onMachine(machine, [`echo ${seconds < 0 ? "" : "+"}${seconds} >${SHIFT}`]));
  await set(0);
  const settings = [
    "[Service]",
    "Environment=LD_PRELOAD=/run/libfaketime.so.1",
    `Environment=FAKETIME_TIMESTAMP_FILE=${SHIFT} FAKETIME_NO_CACHE=1`,
  ].join("\\n");
  const restart = "systemctl daemon-reload && systemctl restart rackplane-announcer";
  await onMachine(machine, [
    `mkdir -p ${DROP_IN.replace(/\/[^/]*$/, "")} && printf '${settings}\\n' >${DROP_IN} && ${restart}`,
  ]);
  return { set, end: async () => void (await onMachine(machine, [`rm -f ${DROP_IN} && ${restart}`])) };
}
