import { z } from "zod";
import type { EncryptionProvider } from "../../../cloud-init/contract/grant";
import { oneOf, whole } from "../values/forms";
import { isRecord } from "../values/section";

/** How Secrets are encrypted in etcd. */
export interface EncryptionArgs {
  /** Kubernetes' provider; the key of a generation belongs to one. */
  provider: EncryptionProvider;
  /**
   * Raise it by one for another key: every API server reads it, then each writes with it, then all Secrets are written
   * anew. 0 to 100; it does not go back.
   * @default 0
   */
  generation?: number;
}

/** The complete form of {@link EncryptionArgs}. */
export type EncryptionSpec = Readonly<Required<EncryptionArgs>>;

export const ENCRYPTION_PROVIDERS = ["secretbox", "aescbc"] as const;

const provider = oneOf(ENCRYPTION_PROVIDERS);
const fields = z.object({ provider, generation: whole("a whole number", 0, 100).default(0) }).strict();

/** A provider's name alone stands for its first key. */
export const encryptionSchema = z.unknown().transform((value, context): EncryptionSpec => {
  const read = isRecord(value) ? fields.safeParse(value) : provider.safeParse(value);
  if (read.success) return typeof read.data === "string" ? { provider: read.data, generation: 0 } : read.data;
  read.error.issues.forEach(issue => context.addIssue(issue));
  return z.NEVER;
});
