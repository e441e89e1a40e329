import { PATCHES_FOLDER } from "../contract/grant";
import { partSettings } from "./parts";

/** How etcd runs as a static pod of kubeadm's. */
export interface EtcdFacts {
  /** Absolute path. @default {@link ETCD_DIRECTORY} */
  readonly dataDirectory?: string;
  /** Absent: etcd's own. */
  readonly quotaBytes?: number;
  /** etcd's own words for what it drops by itself; absent: nothing. */
  readonly autoCompaction?: { readonly mode: "periodic" | "revision"; readonly retention: string };
  /** Further flags without dashes. @default none */
  readonly extraArgs?: Readonly<Record<string, string>>;
}

/** kubeadm's own (EtcdDataDir). */
export const ETCD_DIRECTORY = "/var/lib/etcd";

const ownFolder = ({ dataDirectory = ETCD_DIRECTORY }: EtcdFacts): boolean => dataDirectory !== ETCD_DIRECTORY;

/** Flags without dashes. */
const flagsOf = ({ quotaBytes, autoCompaction, extraArgs }: EtcdFacts): Readonly<Record<string, string>> => ({
  ...extraArgs,
  ...(quotaBytes === undefined ? {} : { "quota-backend-bytes": String(quotaBytes) }),
  ...(autoCompaction === undefined
    ? {}
    : { "auto-compaction-mode": autoCompaction.mode, "auto-compaction-retention": autoCompaction.retention }),
});

/** ClusterConfiguration's field `etcd`; none where everything is as kubeadm has it, which then leaves it out as well. */
export function etcdSettings(facts: EtcdFacts | undefined): { etcd?: { readonly local: object } } {
  if (facts === undefined) return {};
  const local = {
    ...(ownFolder(facts) ? { dataDir: facts.dataDirectory } : {}),
    ...partSettings({ extraArgs: flagsOf(facts) }),
  };
  return Object.keys(local).length === 0 ? {} : { etcd: { local } };
}

/** kubeadm's name of its check that etcd's directory is empty. */
export const emptyDirectoryCheck = (facts: EtcdFacts | undefined): string =>
  `DirAvailable-${(facts?.dataDirectory ?? ETCD_DIRECTORY).replaceAll("/", "-")}`;

/**
 * On a disk of its own, etcd's directory is there or etcd does not start. kubeadm's manifest would make it: a machine whose
 * disk is missing at a boot would begin with nothing.
 */
export const etcdPatches = (facts: EtcdFacts): Record<string, string> =>
  !ownFolder(facts)
    ? {}
    : {
        // kubeadm takes patches in the order of their names; 0 is the isolation's, 1 an upgrade's own.
        [`${PATCHES_FOLDER}/etcd2+strategic.json`]: `${JSON.stringify(
          { spec: { volumes: [{ name: "etcd-data", hostPath: { path: facts.dataDirectory, type: "Directory" } }] } },
          null,
          2,
        )}\n`,
      };
