import * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec } from "./config/spec";

/** Stands in the place of a secret, or of a value that becomes known later. */
export const REDACTED = "[secret]";

/**
 * The spec as the component registers it: policies see the cluster that is asked for, and Pulumi's state keeps no
 * secret of it. Every secret of the spec is an Output. A text that looks like a private key is left out too, because
 * the fields that are passed on to Kubernetes are not read here.
 */
export const redacted = (spec: ClusterSpec): Record<string, unknown> =>
  withoutSecrets({ ...spec, network: withoutObjects(spec.network) }) as Record<string, unknown>;

/** Of a person's manifests only which objects there are: a Secret may be among them, and the resources have them all. */
const withoutObjects = (network: ClusterSpec["network"]): unknown =>
  network.kind === "manifests"
    ? { ...network, manifests: network.manifests.map(({ object: _, ...named }) => named) }
    : network;

function withoutSecrets(value: unknown): unknown {
  if (pulumi.Output.isInstance(value) || value instanceof Promise) return REDACTED;
  if (typeof value === "string") return value.includes("PRIVATE KEY-----") ? REDACTED : value;
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutSecrets(item)]));
}
