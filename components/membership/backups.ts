import { hkdfSync } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { BackupTerms, Grant, GrantRestore, Store } from "../../cloud-init/contract/grant";
import type { SourceSpec, StoreSpec } from "../config/backups/store-kinds";
import type { ClusterSpec } from "../config/spec";

type Pki = NonNullable<Grant["pki"]>;

/**
 * What backups are encrypted with where the configuration names nothing: derived from the key that signs service accounts'
 * tokens (HKDF, RFC 5869), which a cluster keeps for life. Whoever has that key can read all of the cluster in any case.
 */
export const derivedPassword = (pki: Pki): string =>
  Buffer.from(hkdfSync("sha256", pki["sa.key"], "", "rackplane: backups", 32)).toString("base64url");

/** A store as machines are told of it, its keys among the rest; secret where it has some. */
export function storeOf(cluster: string, store: StoreSpec): pulumi.Output<Store> {
  switch (store.kind) {
    case "machine":
    case "directory":
      return pulumi.output<Store>(store);
    case "sftp": {
      const { privateKey, path = `rackplane-${cluster}`, ...rest } = store;
      return privateKey.apply((privateKey): Store => ({ ...rest, path, privateKey }));
    }
    case "s3": {
      const { accessKey, secretKey, path = cluster, caCertificate, ...rest } = store;
      return pulumi
        .all([accessKey, secretKey])
        .apply(
          ([accessKey, secretKey]): Store => ({
            ...rest,
            path,
            accessKey,
            secretKey,
            ...(caCertificate === undefined ? {} : { caCertificate }),
          }),
        );
    }
  }
}

const sourceOf = (cluster: string, from: SourceSpec): pulumi.Output<GrantRestore["from"]> =>
  from.kind === "file" ? pulumi.output<GrantRestore["from"]>(from) : storeOf(cluster, from);

/** What a member is told of backups; secret. */
export const backupTerms = ({ name, backups }: ClusterSpec, pki: pulumi.Output<Pki>): pulumi.Output<BackupTerms> =>
  pulumi.secret(
    pulumi
      .all([pulumi.all(backups.to.map(store => storeOf(name, store))), backups.password ?? pki.apply(derivedPassword)])
      .apply(
        ([stores, password]): BackupTerms => ({
          timer: stores.length > 0,
          hours: backups.hours,
          keep: backups.keep,
          password,
          stores,
        }),
      ),
  );

/**
 * What a cluster is restored from, secret; undefined where it is not. `pki`: the keys that Pulumi's state has of it. Without
 * them the password is the configuration's, or there is none, which the machine says (node/grant/membership/restore.sh).
 */
export function restoreTerms(
  { name, backups, restore }: ClusterSpec,
  pki?: pulumi.Output<Pki>,
): pulumi.Output<GrantRestore> | undefined {
  if (restore === undefined) return undefined;
  const { generation, snapshot, from } = restore;
  const password = restore.password ?? backups.password ?? pki?.apply(derivedPassword) ?? "";
  return pulumi.secret(
    pulumi
      .all([sourceOf(name, from), password])
      .apply(
        ([from, password]): GrantRestore => ({
          generation,
          snapshot,
          from,
          ...(from.kind === "file" ? {} : { password }),
        }),
      ),
  );
}
