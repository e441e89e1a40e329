import { expect, test } from "vitest";
import { encryptionKeys } from "../../../components/membership/encryption";
import type { FormResult } from "../../../cloud-init/contract/grant";

const formed = (caKey: string, encryptionKey?: string): FormResult => ({
  pki: { "ca.key": caKey } as FormResult["pki"],
  ...(encryptionKey === undefined ? {} : { encryptionKey }),
});

test("the key that the cluster was formed with is that of generation 0, every other one is derived from the CA's key", () => {
  const keys = encryptionKeys(formed("ca", "own"), 2);
  expect(keys[0]).toBe("own");
  expect(keys).toHaveLength(3);
  expect(encryptionKeys(formed("ca", "own"), 2)).toEqual(keys);
  expect(encryptionKeys(formed("ca"), 2).slice(1)).toEqual(keys.slice(1));
});

test("keys are 32 bytes each, and differ between generations and clusters", () => {
  const keys = [...encryptionKeys(formed("one"), 3), ...encryptionKeys(formed("other"), 3)];
  expect(new Set(keys).size).toBe(8);
  for (const key of keys) expect(Buffer.from(key, "base64")).toHaveLength(32);
});
