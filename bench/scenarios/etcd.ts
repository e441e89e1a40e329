import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { kubectl, onMachine } from "../../rack/cli/operator";
import { argumentsOn } from "./arguments";

const PKI = "/etc/kubernetes/pki/etcd";

/** What the etcd of a machine answers at a path, as JSON; with `data` as a POST. */
export const etcdAnswers = async <T>(machine: string, path: string, data?: object): Promise<T> =>
  JSON.parse(
    await onMachine(machine, [
      `curl -sS -m 60 --noproxy '*' --cacert ${PKI}/ca.crt --cert ${PKI}/healthcheck-client.crt --key ${PKI}/healthcheck-client.key ${data === undefined ? "" : `-d '${JSON.stringify(data)}'`} https://127.0.0.1:2379/${path}`,
    ]),
  ) as T;

/** One call of etcd's API, of the machine's own member. */
export const askEtcd = <T>(machine: string, method: string, json: object = {}): Promise<T> =>
  etcdAnswers(machine, `v3/${method}`, json);

/** A member's database, in bytes, and whether it leads. */
export interface Database {
  readonly size: number;
  readonly inUse: number;
  readonly leads: boolean;
}

export async function databaseOf(machine: string): Promise<Database> {
  const { header, leader, dbSize, dbSizeInUse } = await askEtcd<{
    header: { member_id: string };
    leader: string;
    dbSize: string;
    dbSizeInUse: string;
  }>(machine, "maintenance/status");
  return { size: Number(dbSize), inUse: Number(dbSizeInUse), leads: leader === header.member_id };
}

/** The kinds of alarm that are raised. */
export const alarmsOf = async (machine: string): Promise<string[]> =>
  ((await askEtcd<{ alarms?: { alarm: string }[] }>(machine, "maintenance/alarm", { action: "GET" })).alarms ?? []).map(
    ({ alarm }) => alarm,
  );

/** Drops every revision but the present one, as the API server does every five minutes. */
export async function compact(machine: string): Promise<void> {
  const { header } = await askEtcd<{ header: { revision: string } }>(machine, "maintenance/status");
  await askEtcd(machine, "kv/compaction", { revision: header.revision, physical: true });
}

/** The arguments with which etcd runs on a machine, without dashes: name to value. */
export const etcdArguments = async (machine: string): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await argumentsOn(machine, "etcd"))
      .filter(word => word.startsWith("--"))
      .map(word => {
        const [name = "", ...value] = word.slice(2).split("=");
        return [name, value.join("=")];
      }),
  );

/** Bytes of one object: a ConfigMap takes a MiB at the most. */
const OBJECT = 700_000;

/**
 * Writes ConfigMaps of the label `fill` until so many are there or etcd refuses one for want of space.
 * @returns how many were written, and whether etcd refused the next one
 */
export async function fill(prefix: string, most: number): Promise<{ written: number; refused: boolean }> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-fill-"));
  try {
    for (let written = 0; written < most; written++) {
      const file = path.join(folder, "text");
      fs.writeFileSync(file, randomBytes((OBJECT * 3) / 4).toString("base64"));
      const name = `${prefix}-${written}`;
      try {
        await kubectl(["create", "configmap", name, `--from-file=text=${file}`]);
      } catch (error) {
        if (String(error).includes("database space exceeded")) return { written, refused: true };
        throw error;
      }
    }
    return { written: most, refused: false };
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** Takes them away again. Deletions are no writes that need space. */
export async function empty(prefix: string, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, i) => `${prefix}-${i}`);
  await kubectl(["delete", "configmap", ...names, "--ignore-not-found", "--wait=false"]);
}
