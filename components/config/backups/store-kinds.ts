import { readKind, type ArgsOf, type SpecOf } from "../values/kind";
import type { Path } from "../values/problems";
import type { Reading } from "../values/section";
import { directoryStore } from "./directory";
import { fileStore } from "./file";
import { machineStore } from "./machine";
import { s3Store } from "./s3";
import { sftpStore } from "./sftp";

/** Where backups are kept: `backups.to[].kind`. The machines have a row for each in node/grant/lib/stores.sh. */
export const STORE_KINDS = { machine: machineStore, directory: directoryStore, sftp: sftpStore, s3: s3Store } as const;

/** What a cluster is restored from: `restore.from.kind`. */
export const SOURCE_KINDS = { ...STORE_KINDS, file: fileStore } as const;

export type StoreArgs = ArgsOf<typeof STORE_KINDS>;
export type StoreSpec = SpecOf<typeof STORE_KINDS>;
export type SourceArgs = ArgsOf<typeof SOURCE_KINDS>;
export type SourceSpec = SpecOf<typeof SOURCE_KINDS>;

export const readStore = (raw: unknown, path: Path): Reading<StoreSpec> =>
  readKind<StoreSpec, StoreSpec>(STORE_KINDS, raw, path);

export const readSource = (raw: unknown, path: Path): Reading<SourceSpec> =>
  readKind<SourceSpec, SourceSpec>(SOURCE_KINDS, raw, path);
