import { createCipheriv, createDecipheriv, pbkdf2Sync, randomBytes } from "node:crypto";

/**
 * How a machine answers with secrets: encrypted with a key that came with its grant. When a command fails, or its
 * connection breaks, the command plugin prints all that the command has printed, whatever `logging` says; of an answer
 * it then prints nothing that can be read. The machine encrypts with openssl (node/grant/receive/answer.sh):
 * AES-256-CBC with a salted key by PBKDF2, in base64. The key is random and used for one answer, so one round does;
 * that the answer is whole and the machine's own, SSH sees to.
 */
const CIPHER = "aes-256-cbc";
const ROUNDS = 1;
const MAGIC = Buffer.from("Salted__");
const SALT_BYTES = 8;
const KEY_BYTES = 32;
const IV_BYTES = 16;

/** A key for one answer: 32 random bytes in base64. */
export const newAnswerKey = (): string => randomBytes(KEY_BYTES).toString("base64");

function keyAndIv(answerKey: string, salt: Buffer): [Buffer, Buffer] {
  const derived = pbkdf2Sync(answerKey, salt, ROUNDS, KEY_BYTES + IV_BYTES, "sha256");
  return [derived.subarray(0, KEY_BYTES), derived.subarray(KEY_BYTES)];
}

/** As a machine does it. */
export function sealAnswer(answerKey: string, text: string): string {
  const salt = randomBytes(SALT_BYTES);
  const cipher = createCipheriv(CIPHER, ...keyAndIv(answerKey, salt));
  return Buffer.concat([MAGIC, salt, cipher.update(text, "utf8"), cipher.final()]).toString("base64");
}

/**
 * The answer. One in the clear is that of a program from before there were such keys, and is taken as it is.
 *
 * @throws Error when the answer was encrypted with another key or is cut short; it is not quoted
 */
export function openAnswer(answerKey: string, sealed: string): string {
  const bytes = Buffer.from(sealed, "base64");
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return sealed;
  const salt = bytes.subarray(MAGIC.length, MAGIC.length + SALT_BYTES);
  const decipher = createDecipheriv(CIPHER, ...keyAndIv(answerKey, salt));
  try {
    return decipher.update(bytes.subarray(MAGIC.length + SALT_BYTES), undefined, "utf8") + decipher.final("utf8");
  } catch {
    throw new Error(
      `found ${sealed.length} characters of another key or cut short, expected an answer in the grant's key`,
    );
  }
}
