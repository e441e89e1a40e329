import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { parseCluster } from "../components/config/parse";
import { readClusterArgs } from "../components/config/read";
import type { ClusterSpec } from "../components/config/spec";
import { expandHome } from "../components/config/ssh";
import { isRecord } from "../components/config/values/section";
import { UsageError } from "./usage-error";

/** A stack file, read by the program's own parser. */
export interface Stack {
  readonly spec: ClusterSpec;
  /** The private key: a file, or its text, which goes into a file of the doctor's own. Neither: the SSH agent is asked. */
  readonly key: { readonly path: string } | { readonly text: string } | undefined;
}

/**
 * What stands for a value that is encrypted in the stack file: the doctor needs none of them, but the parser wants a text
 * of the right form. By the key's name.
 */
const STAND_INS: Readonly<Record<string, string | undefined>> = {
  password: "secret",
  apiToken: "encrypted",
  md5Password: "Encrypted1",
  // The agent is asked instead.
  privateKey: undefined,
};

/** Sections full of keys and passwords, of which the doctor needs nothing: the machines know where they back up to. */
const NOT_ASKED: readonly string[] = ["rackplane:backups", "rackplane:restore"];

/** @throws UsageError naming everything that is wrong with the file */
export function readStack(file: string, readFile = (name: string) => fs.readFileSync(name, "utf8")): Stack {
  let text: string;
  try {
    text = readFile(file);
  } catch (error) {
    throw new UsageError(
      `${file}: cannot be read (${error instanceof Error ? error.message : String(error)}); expected a stack file, as Pulumi.<stack>.yaml`,
    );
  }
  let config: unknown;
  try {
    ({ config } = (parse(text) ?? {}) as { config?: unknown });
  } catch (error) {
    throw new UsageError(`${file}: no YAML (${error instanceof Error ? error.message : String(error)}); correct it`);
  }
  if (!isRecord(config)) throw new UsageError(`${file}: found no section config, expected one with rackplane:machines`);
  const args = readClusterArgs(
    Object.fromEntries(
      Object.entries(config)
        .filter(([key]) => !NOT_ASKED.includes(key))
        .map(([key, value]) => {
          const plain = withoutSecrets(value, key);
          return [key, typeof plain === "string" ? plain : JSON.stringify(plain)];
        }),
    ),
  );
  try {
    const spec = parseCluster(args, { name: stackName(file), readFile: besideStack(file, readFile) });
    return { spec, key: keyOf(args.ssh) };
  } catch (error) {
    if (!pulumi.InputPropertiesError.isInstance(error)) throw error;
    throw new UsageError(`${file}: ${error.message}`);
  }
}

/** Relative paths begin at the program, where stack files lie, or else where the doctor was called. */
const besideStack =
  (file: string, readFile: (name: string) => string) =>
  (name: string): string => {
    if (path.isAbsolute(name)) return readFile(name);
    try {
      return readFile(path.join(path.dirname(file), name));
    } catch {
      return readFile(name);
    }
  };

/** `prod` of `Pulumi.prod.yaml`. */
export const stackName = (file: string): string =>
  path
    .basename(file)
    .replace(/^Pulumi\./, "")
    .replace(/\.ya?ml$/, "");

/** The value with a stand-in for each text that is encrypted. */
function withoutSecrets(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return value.map(item => withoutSecrets(item, key));
  if (!isRecord(value)) return value;
  if (typeof value.secure === "string" && Object.keys(value).length === 1 && key in STAND_INS) return STAND_INS[key];
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withoutSecrets(item, name)]));
}

function keyOf(ssh: { privateKeyPath?: string; privateKey?: unknown } | undefined): Stack["key"] {
  if (ssh?.privateKeyPath !== undefined) return { path: expandHome(ssh.privateKeyPath) };
  return typeof ssh?.privateKey === "string" ? { text: ssh.privateKey } : undefined;
}
