import { z } from "zod";
import type { EncryptionProvider } from "../../../cloud-init/contract/grant";
import type { JsonObject } from "../values/json";
import { extraArgsSchema } from "./arguments";
import { encryptionSchema, type EncryptionArgs, type EncryptionSpec } from "./encryption";
import { admissionSchema, auditPolicySchema, authenticationSchema } from "./api-server-files";
import { extraVolumesSchema, type VolumeArgs, type VolumeSpec } from "./volumes";

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
   * Who may sign in besides those with certificates and tokens of the cluster: fields of an AuthenticationConfiguration
   * (apiserver.config.k8s.io), without `apiVersion` and `kind`. Not beside arguments that begin with `oidc-`.
   * @default none
   * @example { jwt: [{ issuer: { url: "https://id.example.com", audiences: ["kubernetes"] }, claimMappings: { username: { claim: "email", prefix: "" } } }] }
   */
  authentication?: Record<string, unknown>;
  /**
   * Settings of admission plugins: fields of an AdmissionConfiguration (apiserver.config.k8s.io/v1), each plugin's own
   * document as its `configuration`.
   * @default none: the plugins' own defaults
   * @example { plugins: [{ name: "PodSecurity", configuration: { apiVersion: "pod-security.admission.config.k8s.io/v1", kind: "PodSecurityConfiguration", defaults: { enforce: "baseline" } } }] }
   */
  admission?: Record<string, unknown>;
  /**
   * How Secrets are encrypted in etcd: `secretbox` or `aescbc`, or with the generation of its key. A cluster that runs gets
   * it, too, and another key, while it serves; it is not taken out again.
   * @default none: not encrypted
   * @example { provider: "secretbox", generation: 1 }
   */
  encryption?: EncryptionProvider | EncryptionArgs;
}

/** The complete form of {@link ApiServerArgs}. */
export interface ApiServerSpec {
  readonly extraArgs: Readonly<Record<string, string>>;
  readonly extraVolumes: readonly VolumeSpec[];
  /** The fields of a Policy, or the word for one. */
  readonly auditPolicy?: "metadata" | JsonObject;
  readonly authentication?: JsonObject;
  readonly admission?: JsonObject;
  readonly encryption?: EncryptionSpec;
}

export const apiServerSchema = z
  .object({
    extraArgs: extraArgsSchema("kube-apiserver"),
    extraVolumes: extraVolumesSchema,
    auditPolicy: auditPolicySchema.optional(),
    authentication: authenticationSchema.optional(),
    admission: admissionSchema.optional(),
    encryption: encryptionSchema.optional(),
  })
  .strict()
  .default({});
