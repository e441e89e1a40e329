import { randomBytes } from "node:crypto";
import * as fs from "node:fs";

/** Bytes behind the base64 of an ed25519 key as ssh-keygen writes it. */
const LENGTH = 290;
const BEGINNING = "openssh-key-v1\0\0\0\0\x04none";

/** Writes a private key in form, which opens nothing, and returns its path. */
export function writeKey(file: string): string {
  const bytes = Buffer.concat([Buffer.from(BEGINNING, "latin1"), randomBytes(LENGTH - BEGINNING.length)]);
  const lines = bytes.toString("base64").match(/.{1,70}/g) ?? [];
  const text = ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join("\n");
  fs.writeFileSync(file, text, { mode: 0o600 });
  return file;
}

/** An ed25519 key of zeros: a public key in form, which nothing has the other half of. */
export const PUBLIC_KEY = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${"A".repeat(43)} nobody@example.com`;
