import { onMachine } from "../../rack/cli/operator";

/** A backup as a machine lists it. */
export interface Backup {
  readonly store: string;
  readonly id: string;
  /** Seconds since 1970. */
  readonly taken: number;
  readonly bytes: number;
}

/** What a machine finds in its stores, the oldest first in each. */
export async function backupsSeenBy(machine: string): Promise<Backup[]> {
  const text = await onMachine(machine, ["/opt/rackplane/bin/rackplane backups json"], { timeoutSeconds: 120 });
  return text
    .split("\n")
    .filter(line => line.startsWith("{"))
    .map(line => JSON.parse(line) as Backup);
}

/** What a machine's timer does once an hour. */
export const timerOn = (machine: string): Promise<string> =>
  onMachine(machine, ["systemctl start rackplane-backup-due.service"], { timeoutSeconds: 300 });

/** A backup now, made by this machine. */
export const backUpOn = (machine: string): Promise<string> =>
  onMachine(machine, ["/opt/rackplane/bin/rackplane backup-due now 2>&1"], { timeoutSeconds: 300 });
