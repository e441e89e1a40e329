import { randomBytes } from "node:crypto";
import type { Call, Checked } from "../provider";
import { isObject, isSecret, plain, type Properties, secret } from "../wire";
import { builtIn, type Mappings } from "./mapping";
import { type KubeObject, type Metadata, steering } from "./object";

/** The plain object in inputs or a state that may carry secret marks. */
export const objectOf = (properties: Properties): KubeObject => {
  const object = plain(properties);
  const metadata: Metadata = isObject(object.metadata) ? (object.metadata as Metadata) : {};
  return { ...object, apiVersion: String(object.apiVersion), kind: String(object.kind), metadata };
};

/** `kubernetes:apps/v1:DeploymentPatch` changes fields of an object that someone else owns. */
export const isPatch = (call: Call, object: KubeObject): boolean => call.type.endsWith(`:${object.kind}Patch`);

/** The version and kind in a type token such as `kubernetes:core/v1:ConfigMap`. */
export function kindOf(type: string): { apiVersion: string; kind: string } {
  const [, apiVersion = "", kind = ""] = type.split(":");
  return { apiVersion: apiVersion.replace(/^core\//, ""), kind };
}

/** Fills in what the program left out: version and kind, a generated name, the namespace. */
export async function completed(
  call: Call,
  olds: Properties | undefined,
  news: Properties,
  namespace: string,
  mappings: Mappings | undefined,
): Promise<Checked> {
  const inputs: Properties = { ...kindOf(call.type), ...news };
  const object = objectOf(inputs);
  const marked = isSecret(inputs.metadata);
  const metadata: Metadata = marked ? { ...object.metadata } : { ...(inputs.metadata as Metadata | undefined) };
  if (!metadata.name && !metadata.generateName) {
    if (isPatch(call, object)) {
      return { inputs, failures: [{ property: "metadata.name", reason: "is missing: name the object to patch" }] };
    }
    Object.assign(metadata, generatedName(call, olds, metadata));
  }
  if (metadata.namespace === undefined && (await isNamespaced(object, olds, mappings))) metadata.namespace = namespace;
  return { inputs: { ...inputs, metadata: marked ? secret(metadata) : metadata } };
}

function generatedName(call: Call, olds: Properties | undefined, metadata: Metadata): Metadata {
  const before = olds === undefined ? undefined : objectOf(olds);
  const kept = before !== undefined && steering(before, "autonamed") === "true" ? before.metadata.name : undefined;
  return {
    name: kept ?? `${call.name.toLowerCase()}-${randomBytes(4).toString("hex")}`,
    annotations: { ...metadata.annotations, "pulumi.com/autonamed": "true" },
  };
}

async function isNamespaced(
  object: KubeObject,
  olds: Properties | undefined,
  mappings: Mappings | undefined,
): Promise<boolean> {
  const standard = builtIn(object.apiVersion, object.kind);
  if (standard !== undefined) return standard.namespaced;
  // Inputs must not change with what is known of a custom kind at the time: a namespace that comes or goes replaces.
  if (olds !== undefined) return objectOf(olds).metadata.namespace !== undefined;
  const found = await mappings?.known(object.apiVersion, object.kind);
  return found?.namespaced ?? false;
}
