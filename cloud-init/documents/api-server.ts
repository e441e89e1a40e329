import { createHash } from "node:crypto";
import { API_SERVER_FOLDER, ENCRYPTION_FILE } from "../contract/grant";
import { partSettings, type PartSettings, type Volume } from "./parts";

/** What the API server does besides serving: settings of its own, an audit log, encryption at rest. */
export interface ApiServerFacts {
  /** Flags of kube-apiserver without dashes, e.g. `event-ttl` -> `2h`. */
  readonly extraArgs: Readonly<Record<string, string>>;
  readonly extraVolumes?: readonly Volume[];
  /** Its own files, which the grant's `files` bring (`apiServerFiles`). @default none */
  readonly files?: readonly ApiServerFile[];
  /** Secrets are encrypted as `ENCRYPTION_FILE` says, which each machine writes from its grant. */
  readonly encryption: boolean;
}

/**
 * A file that an argument of the API server names. Its name holds a hash of its content: an edit is another argument and
 * another file, so an API server that runs keeps the one that it was started with, until the one with the new runs.
 */
export interface ApiServerFile {
  readonly argument: string;
  readonly path: string;
  readonly content: string;
}

const AUDIT_POLICY = "audit-policy-file";
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

/** The fields of the documents that the API server reads from files. */
export interface ApiServerDocuments {
  readonly auditPolicy?: object | "metadata" | undefined;
  readonly authentication?: object | undefined;
  readonly admission?: object | undefined;
}

/**
 * Each document that is there as a file. AuthenticationConfiguration as v1beta1, which API servers of all supported minors
 * read (v1 came with 1.34).
 */
export function apiServerFiles({ auditPolicy, authentication, admission }: ApiServerDocuments): ApiServerFile[] {
  const policy =
    auditPolicy === "metadata" ? METADATA_POLICY : { apiVersion: "audit.k8s.io/v1", kind: "Policy", ...auditPolicy };
  const config = (version: string, kind: string, fields: object) => ({
    apiVersion: `apiserver.config.k8s.io/${version}`,
    kind,
    ...fields,
  });
  return [
    ...(auditPolicy === undefined ? [] : [file(AUDIT_POLICY, "audit-policy", policy)]),
    ...(authentication === undefined
      ? []
      : [
          file(
            "authentication-config",
            "authentication",
            config("v1beta1", "AuthenticationConfiguration", authentication),
          ),
        ]),
    ...(admission === undefined
      ? []
      : [file("admission-control-config-file", "admission", config("v1", "AdmissionConfiguration", admission))]),
  ];
}

function file(argument: string, name: string, document: object): ApiServerFile {
  const content = `${JSON.stringify(document, null, 2)}\n`;
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
  return { argument, path: `${API_SERVER_FOLDER}/${name}-${hash}.json`, content };
}

/** The fields of ClusterConfiguration's `apiServer`; none where nothing is set. */
export function apiServerSettings(facts: ApiServerFacts | undefined): PartSettings {
  if (facts === undefined) return {};
  const { files = [] } = facts;
  const audit = files.some(({ argument }) => argument === AUDIT_POLICY);
  // Flags that need the files and volumes below come last: `extraArgs` may change the others, never these.
  const args = {
    ...(audit ? AUDIT_DEFAULTS : {}),
    ...facts.extraArgs,
    ...Object.fromEntries(files.map(({ argument, path }) => [argument, path])),
    ...(audit ? { "audit-log-path": `${AUDIT_LOG_FOLDER}/audit.log` } : {}),
    // It reads the file again when it changes: another key costs no restart.
    ...(facts.encryption
      ? { "encryption-provider-config": ENCRYPTION_FILE, "encryption-provider-config-automatic-reload": "true" }
      : {}),
  };
  const volumes = [
    ...(facts.extraVolumes ?? []),
    ...(files.length > 0 || facts.encryption ? [volume("rackplane", API_SERVER_FOLDER, "Directory", true)] : []),
    ...(audit ? [volume("audit-log", AUDIT_LOG_FOLDER, "DirectoryOrCreate", false)] : []),
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
