import { z } from "zod";
import { ETCD_DIRECTORY } from "../../cloud-init/documents/etcd";
import { extraArgsSchema } from "./kubernetes/arguments";
import { checkedText, expecting, flag, whole } from "./values/forms";
import { describe, problem, type Problem } from "./values/problems";
import type { Partly } from "./values/section";

/** etcd on the control plane's machines. An edit reaches one member after the other, `dataDirectory` apart. */
export interface EtcdArgs {
  /**
   * Where every member keeps its data: a folder on a disk of its own, not the place at which that disk is mounted. When the
   * disk is missing at a boot, so is the folder, and etcd does not start instead of starting with nothing. It cannot be
   * changed while the cluster runs.
   * @default "/var/lib/etcd"
   * @example "/data/etcd", on a disk that is mounted at /data
   */
  dataDirectory?: string;
  /**
   * Bytes that etcd's database may take before it refuses writes; 32 MiB (33554432) to 8 GiB (8589934592), which is the
   * most that etcd's own guide advises.
   * @default etcd's own, 2 GiB
   */
  quotaBytes?: number;
  /**
   * etcd drops old revisions by itself, besides the API server, which drops those of more than five minutes ago.
   * @default none: the API server's suffices
   */
  autoCompaction?: AutoCompactionArgs;
  defragment?: DefragmentArgs;
  /**
   * More arguments, name without "--" to value. Rackplane sets those that hold the cluster together.
   * @default {}
   * @example { "snapshot-count": "5000" }
   */
  extraArgs?: Record<string, string>;
}

/** etcd's flags `--auto-compaction-mode` and `--auto-compaction-retention`. */
export interface AutoCompactionArgs {
  mode: AutoCompactionMode;
  /** With `periodic`, how old a revision gets: whole minutes or hours, such as `30m` or `8h`. With `revision`, how many stay, such as `10000`. */
  retention: string;
}

/** By age, or by number. */
export type AutoCompactionMode = (typeof MODES)[number];
const MODES = ["periodic", "revision"] as const;

/** Each member gives back to its disk what compaction has freed in its database. */
export interface DefragmentArgs {
  /**
   * The members look by themselves, once an hour, and defragment one at a time.
   * @default false
   */
  timer?: boolean;
  /**
   * Percent of a member's database that are free when it is defragmented; 5 to 90.
   * @default 45
   */
  freePercent?: number;
  /**
   * Bytes below which a database is left alone; 1 MiB (1048576) or more.
   * @default 104857600, which is 100 MiB
   */
  leastBytes?: number;
}

/** The complete form of {@link EtcdArgs}. */
export interface EtcdSpec {
  readonly dataDirectory: string;
  /** Absent: etcd's own. */
  readonly quotaBytes?: number;
  readonly autoCompaction?: Readonly<AutoCompactionArgs>;
  readonly defragment: Readonly<Required<DefragmentArgs>>;
  readonly extraArgs: Readonly<Record<string, string>>;
}

const MIB = 1024 * 1024;

const DIRECTORY = `the absolute path of a folder, such as "/data/etcd"`;
/** Folders that other programs write to, or that a boot empties. */
const TAKEN =
  /^\/(etc|proc|sys|dev|run|tmp|boot|usr|bin|sbin|lib|var\/(lib\/(rackplane|kubelet|containerd)|log|run|tmp))(\/|$)/;

const directory = checkedText(DIRECTORY, path => {
  if (!/^(\/[A-Za-z0-9._-]+){2,}$/.test(path) || /\/\.{1,2}(\/|$)/.test(path) || path.length > 200)
    return `found ${describe(path)}, expected ${DIRECTORY}, below the place at which its disk is mounted`;
  return TAKEN.test(path) ? `found ${describe(path)}, where other programs write, expected ${DIRECTORY}` : undefined;
});

const RETENTION =
  'a text: with mode periodic whole minutes or hours, such as "8h", with mode revision a number, such as "10000"';

export const etcdSchema = z
  .object({
    dataDirectory: directory.default(ETCD_DIRECTORY),
    quotaBytes: whole("whole bytes", 32 * MIB, 8192 * MIB).optional(),
    autoCompaction: z
      .object({ mode: z.enum(MODES, expecting("periodic or revision")), retention: z.string(expecting(RETENTION)) })
      .strict()
      .optional(),
    defragment: z
      .object({
        timer: flag().default(false),
        freePercent: whole("whole percent", 5, 90).default(45),
        leastBytes: whole("whole bytes", MIB, 8192 * MIB).default(100 * MIB),
      })
      .strict()
      .default({}),
    extraArgs: extraArgsSchema("etcd"),
  })
  .strict()
  .default({});

const FORMS: Readonly<Record<AutoCompactionMode, { readonly form: RegExp; readonly expected: string }>> = {
  periodic: { form: /^[1-9]\d{0,4}[mh]$/, expected: 'whole minutes or hours, such as "30m" or "8h"' },
  revision: { form: /^[1-9]\d{2,8}$/, expected: 'a number of revisions of 100 or more in quotes, such as "10000"' },
};

/** The mode says what a retention looks like. */
export function etcdProblems(etcd: Partly<z.output<typeof etcdSchema>> | undefined): Problem[] {
  const { mode, retention } = etcd?.autoCompaction ?? {};
  if (mode === undefined || retention === undefined) return [];
  const { form, expected } = FORMS[mode];
  return form.test(retention)
    ? []
    : [
        problem(
          ["etcd", "autoCompaction", "retention"],
          `found ${describe(retention)}, expected ${expected}, with mode ${mode}`,
        ),
      ];
}
