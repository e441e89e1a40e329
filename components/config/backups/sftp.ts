import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { checkedText, secretText, text, whole } from "../values/forms";
import type { Kind } from "../values/kind";
import { USER } from "../values/linux-names";
import { readSection } from "../values/section";
import { HOST_KEY, hostKeyProblem, PRIVATE_KEY, privateKeyProblem } from "../values/ssh-keys";
import { pathWithin } from "./paths";

/** A host that the control plane's machines reach over SSH; it needs SFTP and nothing else. */
export interface SftpStoreArgs {
  kind: "sftp";
  /** Its name or address, as the machines know it. */
  host: string;
  /** @default 22 */
  port?: number;
  user: string;
  /**
   * The host's public key: no other host gets a backup.
   * @example "ssh-ed25519 AAAA..."
   */
  hostKey: string;
  /** The private key of that user (PEM), without passphrase; a key for backups alone. */
  privateKey: pulumi.Input<string>;
  /**
   * Where it keeps the backups; not absolute: below the user's home.
   * @default "rackplane-<cluster>"
   */
  path?: string;
}

/** The complete form of {@link SftpStoreArgs}. */
export interface SftpStoreSpec {
  readonly kind: "sftp";
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly hostKey: string;
  /** Secret. */
  readonly privateKey: pulumi.Output<string>;
  readonly path?: string | undefined;
}

const HOST = "a host name or an IPv4 address";

const schema = z
  .object({
    kind: z.literal("sftp"),
    host: text(HOST, /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/),
    port: whole("a TCP port", 1, 65535).default(22),
    user: USER,
    hostKey: checkedText(HOST_KEY, hostKeyProblem),
    privateKey: secretText(PRIVATE_KEY, privateKeyProblem),
    path: pathWithin.optional(),
  })
  .strict();

export const sftpStore: Kind<SftpStoreArgs, SftpStoreSpec> = {
  example: {
    kind: "sftp",
    host: "backups.example.com",
    user: "rackplane",
    hostKey: "ssh-ed25519 AAAA...",
    privateKey: "-----BEGIN OPENSSH PRIVATE KEY-----",
  },
  read: (raw, path) => readSection(schema, raw, path),
};
