import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { checkedText, secretText, text } from "../values/forms";
import type { Kind } from "../values/kind";
import { describe } from "../values/problems";
import { readSection } from "../values/section";
import { pathWithin } from "./paths";

/** A bucket of a store that speaks S3: Amazon's, or MinIO, Ceph, Garage, versitygw and the like. */
export interface S3StoreArgs {
  kind: "s3";
  /**
   * The store's URL.
   * @example "https://s3.eu-central-1.amazonaws.com"
   */
  endpoint: string;
  bucket: string;
  /**
   * A folder in the bucket. A bucket may have the backups of several clusters, each in one of its own.
   * @default the cluster's name
   */
  path?: string;
  /** @default "us-east-1", which most stores pass over */
  region?: string;
  /** The key's ID; it may read, write, list and delete in that bucket. */
  accessKey: pulumi.Input<string>;
  /** The key. */
  secretKey: pulumi.Input<string>;
  /**
   * The certificate (PEM) that has signed the store's own.
   * @default those that the machine trusts
   */
  caCertificate?: string;
}

/** The complete form of {@link S3StoreArgs}. */
export interface S3StoreSpec {
  readonly kind: "s3";
  readonly endpoint: string;
  readonly bucket: string;
  readonly path?: string | undefined;
  readonly region: string;
  /** Secret. */
  readonly accessKey: pulumi.Output<string>;
  /** Secret. */
  readonly secretKey: pulumi.Output<string>;
  readonly caCertificate?: string | undefined;
}

const ENDPOINT = 'the URL of the store without a path, such as "https://s3.example.com"';
const KEY = "a text without blanks; run pulumi config set --path 'rackplane:backups.to[0].secretKey' --secret";
const CERTIFICATE = 'a certificate in PEM form, "-----BEGIN CERTIFICATE-----" and so on';

/** The value is never quoted. */
const keyProblem = (key: string): string | undefined =>
  /^\S+$/.test(key) ? undefined : `found ${key === "" ? "an empty text" : "one with blanks in it"}, expected ${KEY}`;

const schema = z
  .object({
    kind: z.literal("s3"),
    endpoint: text(ENDPOINT, /^https?:\/\/[A-Za-z0-9.-]+(:\d{1,5})?$/),
    // S3's own rules for names.
    bucket: text('a bucket\'s name, such as "backups"', /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/),
    path: pathWithin.optional(),
    region: text('a region, such as "eu-central-1"', /^[a-z0-9-]+$/).default("us-east-1"),
    accessKey: secretText(KEY, keyProblem),
    secretKey: secretText(KEY, keyProblem),
    caCertificate: checkedText(CERTIFICATE, pem =>
      pem.trim().startsWith("-----BEGIN CERTIFICATE-----")
        ? undefined
        : `found ${describe(pem)}, expected ${CERTIFICATE}`,
    ).optional(),
  })
  .strict();

export const s3Store: Kind<S3StoreArgs, S3StoreSpec> = {
  example: { kind: "s3", endpoint: "https://s3.example.com", bucket: "backups", accessKey: "id", secretKey: "key" },
  read: (raw, path) => readSection(schema, raw, path),
};
