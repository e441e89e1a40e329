import { z } from "zod";
import type { Kind } from "../values/kind";
import { readSection } from "../values/section";

/**
 * Every control-plane machine keeps backups of its own, in /var/lib/rackplane/backups. They help against mistakes, and are
 * lost with the machine.
 */
export interface MachineStoreArgs {
  kind: "machine";
}

export type MachineStoreSpec = Readonly<MachineStoreArgs>;

const schema = z.object({ kind: z.literal("machine") }).strict();

export const machineStore: Kind<MachineStoreArgs, MachineStoreSpec> = {
  example: { kind: "machine" },
  read: (raw, path) => readSection(schema, raw, path),
};
