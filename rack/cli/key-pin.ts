import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { aptRepositories } from "../setup/prepare";
import { withValues } from "./stack-file";

const PACKAGES = ["config", "rackplane:mirrors", "packages"] as const;

/** SHA-256 of the key that this rack's packages are signed with; undefined where there are none yet. */
export function signingKeySha256(): string | undefined {
  const [any] = aptRepositories();
  const key = path.join(any?.folder ?? "", "Release.key");
  return any !== undefined && fs.existsSync(key)
    ? createHash("sha256").update(fs.readFileSync(key)).digest("hex")
    : undefined;
}

/**
 * The text with the pin that the program asks for where the key comes over plain http. Each rack makes a key of its
 * own, so that no committed file can know it. Pure.
 */
export function withKeyPin(text: string, sha256: string | undefined): string {
  const { config } = (parse(text) ?? {}) as {
    config?: Record<string, { packages?: { url?: unknown; keySha256?: unknown } }>;
  };
  const { url, keySha256 } = config?.["rackplane:mirrors"]?.packages ?? {};
  const asks = String(url).startsWith("http:") && keySha256 === undefined;
  return asks && sha256 !== undefined ? withValues(text, [{ path: [...PACKAGES, "keySha256"], value: sha256 }]) : text;
}
