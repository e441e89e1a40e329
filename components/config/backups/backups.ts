import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { secretText, whole } from "../values/forms";
import { describe, problem } from "../values/problems";
import { judged, readSection, type Reading } from "../values/section";
import { readStore, STORE_KINDS, type StoreArgs, type StoreSpec } from "./store-kinds";

/**
 * Backups of the cluster: a snapshot of etcd with what a restore needs besides, its keys and what machines were told. Each is
 * encrypted, and read back once it is stored (docs/backups.md).
 */
export interface BackupsArgs {
  /**
   * Hours between two backups; 1 to 168.
   * @default 12
   */
  hours?: number;
  /**
   * How many are kept in each store; 1 to 1000.
   * @default 5
   */
  keep?: number;
  /**
   * Where they are kept; the fields of each depend on `kind`. An empty list: there are none.
   * @default [{ kind: "machine" }]
   * @example [{ kind: "s3", endpoint: "https://s3.example.com", bucket: "backups", accessKey, secretKey }]
   */
  to?: StoreArgs[];
  /**
   * What they are encrypted with, 16 characters or more. Keep it elsewhere as well: after the loss of Pulumi's state nothing
   * else opens them. It cannot be changed in a store that has backups.
   * @default one that is derived from the cluster's key for service accounts
   */
  password?: pulumi.Input<string>;
}

/** The complete form of {@link BackupsArgs}. */
export interface BackupsSpec {
  readonly hours: number;
  readonly keep: number;
  readonly to: readonly StoreSpec[];
  /** Secret. Absent: derived from the cluster's keys. */
  readonly password?: pulumi.Output<string> | undefined;
}

const PASSWORD = "a password of 16 characters or more, without line ends";

/** The reason against a password, which is never quoted. */
export const passwordProblem = (password: string): string | undefined =>
  password.length >= 16 && password.length <= 200 && !/[\r\n]/.test(password)
    ? undefined
    : `found one of ${password.length} characters${/[\r\n]/.test(password) ? " with line ends" : ""}, expected ${PASSWORD}`;

export const storePassword = secretText(PASSWORD, passwordProblem);

const schema = z
  .object({
    hours: whole("whole hours between two backups", 1, 168).default(12),
    keep: whole("how many backups are kept", 1, 1000).default(5),
    to: z.unknown(),
    password: storePassword.optional(),
  })
  .strict()
  .default({});

/** By default the machine itself: it costs nothing, and helps against mistakes. */
const BY_DEFAULT = [STORE_KINDS.machine.example];

export function readBackups(raw: unknown): Reading<BackupsSpec, z.output<typeof schema>> {
  const section = readSection(schema, raw, ["backups"]);
  const { to = BY_DEFAULT } = section.partial;
  const wanted: readonly unknown[] = Array.isArray(to) ? to : [];
  const stores = wanted.map((store, i) => readStore(store, ["backups", "to", i]));
  const twice = wanted.length - new Set(wanted.map(store => JSON.stringify(store))).size;
  return judged(
    section,
    [
      ...(Array.isArray(to)
        ? []
        : [
            problem(
              ["backups", "to"],
              `found ${describe(to)}, expected a list of stores, such as ${JSON.stringify(BY_DEFAULT)}`,
            ),
          ]),
      ...stores.flatMap(({ problems }) => problems),
      ...(twice > 0 ? [problem(["backups", "to"], "found a store twice, expected each once")] : []),
    ],
    ({ hours, keep, password }) => ({
      hours,
      keep,
      to: stores.flatMap(({ value }) => (value === undefined ? [] : [value])),
      ...(password === undefined ? {} : { password }),
    }),
  );
}
