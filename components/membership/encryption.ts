import { hkdfSync } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { FormResult, GrantEncryption } from "../../cloud-init/contract/grant";
import type { ClusterSpec } from "../config/spec";
import { command } from "../machines/command";
import { receiveGrant } from "../machines/connection";
import type { PreparedMachine } from "../machines/machine";
import { timeouts } from "../machines/timeouts";
import type { Formation } from "./form";
import { grant, type MembershipContext } from "./grant";

const KEY_BYTES = 32;

/**
 * The keys of Secrets, by generation from 0 on, in base64: 32 bytes each. That of a cluster that was formed with encryption
 * is the one that its first machine made; any other one is derived from the CA's key (HKDF, RFC 5869), so that nothing more
 * has to be kept: whoever has the CA's key can read every Secret in any case, through the API.
 */
export function encryptionKeys({ pki, encryptionKey }: FormResult, generation: number): string[] {
  const derived = (number: number): string =>
    Buffer.from(
      hkdfSync("sha256", pki["ca.key"], "", `rackplane: encryption at rest, generation ${number}`, KEY_BYTES),
    ).toString("base64");
  return Array.from(
    { length: generation + 1 },
    (_, number) => (number === 0 ? encryptionKey : undefined) ?? derived(number),
  );
}

/** The same of a formation, secret; undefined where Secrets are not encrypted. */
export const encryptionKeysFor = (
  { apiServer: { encryption } }: ClusterSpec,
  { pki, encryptionKey }: Formation,
): pulumi.Output<string[]> | undefined =>
  encryption === undefined
    ? undefined
    : pulumi
        .all([pki, encryptionKey])
        .apply(([pki, encryptionKey]) =>
          encryptionKeys({ pki, ...(encryptionKey === undefined ? {} : { encryptionKey }) }, encryption.generation),
        );

/** How Secrets are encrypted, as grants say it; whether the cluster was formed with it is no secret. */
export const encryptionFor = (
  { apiServer: { encryption } }: ClusterSpec,
  { encryptionKey }: Formation,
): pulumi.Output<GrantEncryption> | undefined =>
  encryption === undefined
    ? undefined
    : pulumi.unsecret(encryptionKey).apply(key => ({ ...encryption, formed: key !== undefined }));

/**
 * `<cluster>-<machine>-encrypt`: this machine's API server writes Secrets with the newest key, and the last one has all of
 * them written anew. After the last member, so that every API server reads that key; one machine after the other. None
 * where Secrets are not encrypted.
 */
export function encryptSecrets(
  cluster: MembershipContext,
  {
    controlPlane,
    formation,
    last,
  }: { controlPlane: readonly PreparedMachine[]; formation: Formation; last: pulumi.Resource },
): pulumi.Resource {
  const encryption = encryptionFor(cluster.spec, formation);
  if (encryption === undefined) return last;
  return controlPlane.reduce<pulumi.Resource>((before, machine, i) => {
    const rewrite = i === controlPlane.length - 1;
    return command(cluster, {
      name: `${machine.key}-encrypt`,
      machine,
      line: receiveGrant("encrypt"),
      stdin: machine =>
        grant(cluster, { verb: "encrypt", machine, encryption: encryption.apply(words => ({ ...words, rewrite })) }),
      lifetime: "every change",
      timeout: timeouts(cluster.spec).verb,
      after: [machine.prepared, before],
    });
  }, last);
}
