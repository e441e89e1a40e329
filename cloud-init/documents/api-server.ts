import { API_SERVER_FOLDER, ENCRYPTION_FILE } from "../contract/grant";
import { partSettings, type PartSettings, type Volume } from "./parts";

/** What the API server does besides serving: settings of its own, an audit log, encryption at rest. */
export interface ApiServerFacts {
  /** Flags of kube-apiserver without dashes, e.g. `event-ttl` -> `2h`. */
  readonly extraArgs: Readonly<Record<string, string>>;
  readonly extraVolumes?: readonly Volume[];
  /** An audit policy lies at {@link AUDIT_POLICY_FILE}. */
  readonly audit: boolean;
  /** Secrets are encrypted as `ENCRYPTION_FILE` says, which each machine writes from its grant. */
  readonly encryption: boolean;
}

/** Where a grant's `files` bring the audit policy. */
export const AUDIT_POLICY_FILE = `${API_SERVER_FOLDER}/audit-policy.json`;
const AUDIT_LOG_FOLDER = "/var/log/kubernetes/audit";

/** Logs which user did what to which object, but not the bodies: no Secret's content reaches the log. */
export const METADATA_POLICY = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  // One line a request, written when it is answered.
  omitStages: ["RequestReceived"],
  rules: [
    // Every component asks for leases and health every second: logging these hides the rest.
    { level: "None", nonResourceURLs: ["/healthz*", "/livez*", "/readyz*", "/version"] },
    { level: "None", resources: [{ group: "coordination.k8s.io", resources: ["leases"] }] },
    { level: "Metadata" },
  ],
};

/** The audit policy as a file of the grant. */
export const auditPolicyFiles = (policy: object | "metadata"): Record<string, string> => {
  const content =
    policy === "metadata" ? METADATA_POLICY : { apiVersion: "audit.k8s.io/v1", kind: "Policy", ...policy };
  return { [AUDIT_POLICY_FILE]: `${JSON.stringify(content, null, 2)}\n` };
};

/** The fields of ClusterConfiguration's `apiServer`; none where nothing is set. */
export function apiServerSettings(facts: ApiServerFacts | undefined): PartSettings {
  if (facts === undefined) return {};
  // Flags that need the files and volumes below come last: `extraArgs` may change the others, never these.
  const args = {
    ...(facts.audit ? AUDIT_DEFAULTS : {}),
    ...facts.extraArgs,
    ...(facts.audit
      ? { "audit-policy-file": AUDIT_POLICY_FILE, "audit-log-path": `${AUDIT_LOG_FOLDER}/audit.log` }
      : {}),
    ...(facts.encryption ? { "encryption-provider-config": ENCRYPTION_FILE } : {}),
  };
  const volumes = [
    ...(facts.extraVolumes ?? []),
    ...(facts.audit || facts.encryption ? [volume("rackplane", API_SERVER_FOLDER, "Directory", true)] : []),
    ...(facts.audit ? [volume("audit-log", AUDIT_LOG_FOLDER, "DirectoryOrCreate", false)] : []),
  ];
  return partSettings({ extraArgs: args, extraVolumes: volumes });
}

/** At most 1 GB, at most a month: a log must not fill the disk that etcd writes to. */
const AUDIT_DEFAULTS = { "audit-log-maxage": "30", "audit-log-maxbackup": "9", "audit-log-maxsize": "100" };

const volume = (name: string, path: string, pathType: string, readOnly: boolean): Volume => ({
  name,
  hostPath: path,
  mountPath: path,
  readOnly,
  pathType,
});
