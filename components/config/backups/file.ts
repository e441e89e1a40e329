import { z } from "zod";
import type { Kind } from "../values/kind";
import { storePath } from "./paths";
import { readSection } from "../values/section";

/**
 * A snapshot of etcd that lies on the first control-plane machine, such as `etcdctl snapshot save` makes, or an upgrade. The
 * keys are those that Pulumi's state has of the cluster.
 */
export interface FileStoreArgs {
  kind: "file";
  /**
   * Absolute path on that machine.
   * @example "/root/snapshots/etcd.db"
   */
  path: string;
}

export type FileStoreSpec = Readonly<FileStoreArgs>;

const schema = z.object({ kind: z.literal("file"), path: storePath }).strict();

export const fileStore: Kind<FileStoreArgs, FileStoreSpec> = {
  example: { kind: "file", path: "/root/snapshots/etcd.db" },
  read: (raw, path) => readSection(schema, raw, path),
};
