import { z } from "zod";
import type { Kind } from "../values/kind";
import { storePath } from "./paths";
import { readSection } from "../values/section";

/** A folder that all control-plane machines share, on a disk that each has mounted: NFS, for instance. */
export interface DirectoryStoreArgs {
  kind: "directory";
  /**
   * Absolute path of a folder below the place at which the disk is mounted, which you make once. Where it is missing, as when
   * the disk is not mounted, nothing is written.
   * @example "/mnt/backups/prod"
   */
  path: string;
}

export type DirectoryStoreSpec = Readonly<DirectoryStoreArgs>;

const schema = z.object({ kind: z.literal("directory"), path: storePath }).strict();

export const directoryStore: Kind<DirectoryStoreArgs, DirectoryStoreSpec> = {
  example: { kind: "directory", path: "/mnt/backups/prod" },
  read: (raw, path) => readSection(schema, raw, path),
};
