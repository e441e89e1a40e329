import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { text, whole } from "../values/forms";
import { isRecord, judged, readSection, type Reading } from "../values/section";
import { storePassword } from "./backups";
import { readSource, type SourceArgs, type SourceSpec } from "./store-kinds";

/**
 * A cluster that was lost is made again from a backup, with the same certificate authorities and the same data: the next
 * `pulumi up` does it once, on new machines, and refuses while anything of the cluster lives (docs/when-everything-is-lost.md).
 */
export interface RestoreArgs {
  /**
   * The number of the restore, 1 to 1000000: one more for another one. One that was done is not done again.
   * @default 1
   */
  generation?: number;
  /** Where the backup is; a store as in `backups.to`, or a snapshot's file. */
  from: SourceArgs;
  /**
   * Which backup: its ID, as `rackplane backups` lists it, or the newest.
   * @default "latest"
   */
  snapshot?: string;
  /**
   * What the backup is encrypted with, where Pulumi's state was lost, too.
   * @default that of `backups`, by the keys in Pulumi's state
   */
  password?: pulumi.Input<string>;
}

/** The complete form of {@link RestoreArgs}. */
export interface RestoreSpec {
  readonly generation: number;
  readonly from: SourceSpec;
  readonly snapshot: string;
  /** Secret. */
  readonly password?: pulumi.Output<string> | undefined;
}

const schema = z
  .object({
    generation: whole("the number of the restore", 1, 1_000_000).default(1),
    from: z.unknown(),
    snapshot: text('"latest" or a backup\'s ID of 8 to 64 hexadecimal digits', /^(latest|[0-9a-f]{8,64})$/).default(
      "latest",
    ),
    password: storePassword.optional(),
  })
  .strict();

/** Undefined where nothing is to be restored; an empty object is the stack file's way to say so. */
export function readRestore(raw: unknown): Reading<RestoreSpec, z.output<typeof schema>> | undefined {
  if (raw === undefined || (isRecord(raw) && Object.keys(raw).length === 0)) return undefined;
  const section = readSection(schema, raw, ["restore"]);
  const { value: from, problems } = readSource(isRecord(raw) ? raw.from : undefined, ["restore", "from"]);
  return judged(section, problems, ({ generation, snapshot, password }) => {
    if (from === undefined) throw new Error("restore.from: found a bad value, expected it to have been refused before");
    return { generation, snapshot, from, ...(password === undefined ? {} : { password }) };
  });
}
