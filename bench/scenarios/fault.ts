import type { Status } from "../../rack/cli/status";
import type { Outcome } from "../probe/outcome";
import { probing } from "../probe/probing";
import type { WriteOutcome } from "../probe/write-outcome";
import { writing } from "../probe/writing";
import { fail } from "../rack";
import { apiServerOf, holderOf, type FaultName, type KindCase } from "./kinds";

/** What one fault did to one kind. */
export interface FaultFigures {
  readonly outcome: Outcome;
  readonly writes: WriteOutcome;
}

/**
 * Seconds for which the endpoint is asked around each fault: by then the fault, its effects and the writes are over.
 */
const PROBE_SECONDS: Readonly<Record<FaultName, number>> = { "kill-apiserver": 32, "power-off": 36, reboot: 48 };

/** Written while the fault is there. */
export const OBJECTS = 500;

/** The machine on which a fault hurts most, as the cluster is now. */
export const victimOf = (fault: FaultName, kind: KindCase, now: Status): string =>
  fault === "kill-apiserver" ? apiServerOf(kind, now) : holderOf(kind, now);

/** Breaks a machine while the endpoint is asked 20 times a second and written to. */
export async function breaking(fault: FaultName, machine: string): Promise<FaultFigures> {
  const written = writing(OBJECTS);
  const [outcome, writes] = await Promise.all([probing(() => fail(fault, machine), PROBE_SECONDS[fault]), written]);
  return { outcome, writes };
}
