import { createHash } from "node:crypto";
import { hostKeyProblem } from "../config/values/ssh-keys";

/** Characters that are shown of an answer that is no host key. */
const QUOTE = 40;

/** A host key as `ssh-keygen -l` shows it: `SHA256:` and 43 characters. Whatever else answered is quoted. */
export function fingerprint(key: string): string {
  if (hostKeyProblem(key) !== undefined || key.split(" ").length !== 2)
    return `no host key but ${JSON.stringify(key.slice(0, QUOTE))}`;
  const body = Buffer.from(key.split(" ")[1] ?? "", "base64");
  return `SHA256:${createHash("sha256").update(body).digest("base64").replace(/=+$/, "")}`;
}
