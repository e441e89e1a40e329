import { z } from "zod";
import type { EncryptionProvider } from "../../../cloud-init/contract/grant";
import { describe, type Path } from "../values/problems";
import { isRecord } from "../values/section";
import type { JsonObject } from "../values/json";
import { extraArgsSchema } from "./arguments";
import { passthrough } from "./passthrough";
import { extraVolumesSchema, type VolumeArgs, type VolumeSpec } from "./volumes";
import { oneOf } from "../values/forms";

/** Settings of the API servers. */
export interface ApiServerArgs {
  /**
   * More arguments, name without "--" to value. Rackplane sets those that hold the cluster together.
   * @default {}
   * @example { "max-requests-inflight": "800" }
   */
  extraArgs?: Record<string, string>;
  /**
   * Files and folders of the machines that the arguments name.
   * @default []
   * @example [{ name: "webhook", hostPath: "/etc/webhook" }]
   */
  extraVolumes?: VolumeArgs[];
  /**
   * What goes to the audit log, /var/log/kubernetes/audit/audit.log on each machine (30 days and 1 GB at most):
   * `metadata`, who did what and when but no contents; or the fields of a Policy (audit.k8s.io/v1).
   * @default none: no audit log
   */
  auditPolicy?: "metadata" | Record<string, unknown>;
  /**
   * How Secrets are encrypted in etcd. The key is made on the first machine and travels like the cluster's other keys.
   * Set it before the first `up`: a cluster that was formed without encryption has no key.
   * @default none: not encrypted
   */
  encryption?: EncryptionProvider;
}

/** The complete form of {@link ApiServerArgs}. */
export interface ApiServerSpec {
  readonly extraArgs: Readonly<Record<string, string>>;
  readonly extraVolumes: readonly VolumeSpec[];
  /** The fields of a Policy, or the word for one. */
  readonly auditPolicy?: "metadata" | JsonObject;
  readonly encryption?: EncryptionProvider;
}

export const ENCRYPTION_PROVIDERS = ["secretbox", "aescbc"] as const;

const LEVELS = ["None", "Metadata", "Request", "RequestResponse"];
const AUDIT = 'metadata or the fields of a Policy, such as { rules: [{ level: "Metadata" }] }';
const policy = passthrough("Policy (audit.k8s.io/v1)", '{ rules: [{ level: "Metadata" }] }');

const auditPolicy = z.unknown().transform((value, context): "metadata" | JsonObject => {
  const refuse = (path: Path, message: string): never => {
    context.addIssue({ code: "custom", path: [...path], message });
    return z.NEVER;
  };
  if (value === "metadata") return value;
  if (!isRecord(value)) return refuse([], `found ${describe(value)}, expected ${AUDIT}`);
  const read = policy.safeParse(value);
  if (!read.success) {
    read.error.issues.forEach(issue => context.addIssue(issue));
    return z.NEVER;
  }
  const { rules } = value;
  if (!Array.isArray(rules) || rules.length === 0)
    return refuse(
      ["rules"],
      `found ${describe(rules)}, expected one rule or more; the API server refuses a policy without`,
    );
  rules.forEach((rule: unknown, i) => {
    const level = isRecord(rule) ? rule.level : undefined;
    if (!LEVELS.includes(level as string))
      refuse(
        ["rules", i, "level"],
        `found ${describe(level)}, expected ${LEVELS.slice(0, -1).join(", ")} or ${LEVELS[LEVELS.length - 1]}`,
      );
  });
  return read.data;
});

export const apiServerSchema = z
  .object({
    extraArgs: extraArgsSchema("kube-apiserver"),
    extraVolumes: extraVolumesSchema,
    auditPolicy: auditPolicy.optional(),
    encryption: oneOf(ENCRYPTION_PROVIDERS).optional(),
  })
  .strict()
  .default({});
