import { setTimeout as delay } from "node:timers/promises";
import { ApiError, type Client } from "./client";
import type { KubeObject } from "./object";

/** How a kind appears in paths of the API. */
export interface Mapping {
  readonly plural: string;
  readonly namespaced: boolean;
}

/** Kinds of Kubernetes itself outside namespaces. */
const CLUSTER_WIDE = new Set([
  "APIService",
  "CSIDriver",
  "CSINode",
  "CertificateSigningRequest",
  "ClusterRole",
  "ClusterRoleBinding",
  "CustomResourceDefinition",
  "FlowSchema",
  "IngressClass",
  "MutatingWebhookConfiguration",
  "Namespace",
  "Node",
  "PersistentVolume",
  "PriorityClass",
  "PriorityLevelConfiguration",
  "RuntimeClass",
  "StorageClass",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "ValidatingWebhookConfiguration",
  "VolumeAttachment",
]);

/** Groups of Kubernetes itself: their kinds need no look-up. All other groups come with CustomResourceDefinitions. */
const BUILT_IN = new Set([
  "",
  "apps",
  "autoscaling",
  "batch",
  "policy",
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "apiregistration.k8s.io",
  "certificates.k8s.io",
  "coordination.k8s.io",
  "discovery.k8s.io",
  "events.k8s.io",
  "flowcontrol.apiserver.k8s.io",
  "networking.k8s.io",
  "node.k8s.io",
  "rbac.authorization.k8s.io",
  "scheduling.k8s.io",
  "storage.k8s.io",
]);

/** The mapping of a kind of Kubernetes itself; undefined for custom kinds. */
export function builtIn(apiVersion: string, kind: string): Mapping | undefined {
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  return BUILT_IN.has(group)
    ? { plural: pluralOf(kind.toLowerCase()), namespaced: !CLUSTER_WIDE.has(kind) }
    : undefined;
}

function pluralOf(kind: string): string {
  if (kind === "endpoints") return kind;
  if (/(s|x|ch)$/.test(kind)) return `${kind}es`;
  return /[^aeiou]y$/.test(kind) ? `${kind.slice(0, -1)}ies` : `${kind}s`;
}

const rootOf = (apiVersion: string) => (apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`);

/** Finds the paths of objects. Custom kinds are looked up once. */
export class Mappings {
  private readonly found = new Map<string, Mapping>();

  constructor(private readonly client: Client) {}

  /** @param waitMs how long a kind may still be missing: its definition may have been made a moment ago. */
  async of(apiVersion: string, kind: string, waitMs = 0, signal?: AbortSignal): Promise<Mapping> {
    const standard = builtIn(apiVersion, kind);
    if (standard !== undefined) return standard;
    const key = `${apiVersion} ${kind}`;
    for (const end = Date.now() + waitMs; ; await delay(500, undefined, { signal })) {
      if (!this.found.has(key)) await this.discover(apiVersion, signal);
      const found = this.found.get(key);
      if (found !== undefined) return found;
      if (Date.now() < end) continue;
      throw new ApiError(
        404,
        `the API server knows no ${kind} in ${apiVersion}; is its CustomResourceDefinition installed?`,
      );
    }
  }

  /** The mapping if it can be had at once; undefined for an unknown kind or a cluster that does not answer. */
  async known(apiVersion: string, kind: string): Promise<Mapping | undefined> {
    const key = `${apiVersion} ${kind}`;
    if (!this.found.has(key)) await this.discover(apiVersion, undefined, 0).catch(() => undefined);
    return this.found.get(key);
  }

  /** The path of an object, or of its kind's list when `name` is left out. */
  async path(
    { apiVersion, kind, metadata }: KubeObject,
    name?: string,
    waitMs = 0,
    signal?: AbortSignal,
  ): Promise<string> {
    const { plural, namespaced } = await this.of(apiVersion, kind, waitMs, signal);
    const namespace = namespaced ? `/namespaces/${metadata.namespace ?? this.client.target.namespace}` : "";
    return `${rootOf(apiVersion)}${namespace}/${plural}${name === undefined ? "" : `/${name}`}`;
  }

  private async discover(apiVersion: string, signal?: AbortSignal, patienceMs?: number): Promise<void> {
    interface Discovered {
      readonly resources?: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
    }
    const none: Discovered = {};
    const { resources = [] } = await this.client
      .request<Discovered>("GET", rootOf(apiVersion), { signal }, patienceMs)
      .catch((error: unknown) => {
        if (error instanceof ApiError && error.status === 404) return none;
        throw error;
      });
    for (const { name, kind, namespaced } of resources) {
      const isSubresource = name.includes("/");
      if (!isSubresource) this.found.set(`${apiVersion} ${kind}`, { plural: name, namespaced });
    }
  }
}
