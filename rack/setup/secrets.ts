import { randomBytes, randomInt } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { STATE_DIR } from "../topology";

/** 256 random bits as text. */
const randomWord = (): string => randomBytes(32).toString("base64url");

/** The Metal API's rule for an MD5 password: 10 to 20 letters and digits with a digit, a small and a large letter. */
const md5Password = (): string => `aA${randomInt(10)}${randomBytes(8).toString("hex")}`;

/** VRRP's eight bytes (RFC 2338); a letter first, so that nobody takes it for a number. */
const vrrpPassword = (): string => `v${randomBytes(4).toString("hex").slice(0, 7)}`;

/** What only this rack knows, and how each is made. */
const SECRETS = {
  "metal-token": randomWord,
  passphrase: randomWord,
  "s3-key": randomWord,
  "md5-password": md5Password,
  "vrrp-password": vrrpPassword,
} as const;

export type SecretName = keyof typeof SECRETS;

/** The file (0600) that holds a secret of the rack, made when it is asked for first. */
export function secretFile(name: SecretName): string {
  const file = path.join(STATE_DIR, "secrets", name);
  if (!fs.existsSync(file)) {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    write(name, file);
  }
  return file;
}

const write = (name: SecretName, file: string) => fs.writeFileSync(file, SECRETS[name](), { mode: 0o600 });

/** The secret is another one from now on. */
export const renewSecret = (name: SecretName): void => write(name, secretFile(name));

export const readSecret = (name: SecretName): string => fs.readFileSync(secretFile(name), "utf8");
