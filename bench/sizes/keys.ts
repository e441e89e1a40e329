import { randomBytes } from "node:crypto";
import * as fs from "node:fs";

/** Bytes behind the base64 of an ed25519 key as ssh-keygen writes it. */
const LENGTH = 290;
const BEGINNING = "openssh-key-v1\0\0\0\0\x04none";

/** Writes a file that has the form of a private key but opens nothing, and returns its path. */
export function writeKey(file: string): string {
  const bytes = Buffer.concat([Buffer.from(BEGINNING, "latin1"), randomBytes(LENGTH - BEGINNING.length)]);
  const lines = bytes.toString("base64").match(/.{1,70}/g) ?? [];
  const text = ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join("\n");
  fs.writeFileSync(file, text, { mode: 0o600 });
  return file;
}

/** An ed25519 public key of zeros: it has the form of a key, but no private key belongs to it. */
export const PUBLIC_KEY = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${"A".repeat(43)} nobody@example.com`;
