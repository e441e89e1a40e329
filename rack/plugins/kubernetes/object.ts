import { isObject, type Properties, type Value } from "../wire";

export interface Metadata extends Properties {
  name?: string;
  namespace?: string;
  generation?: number;
  uid?: string;
  annotations?: { [key: string]: string };
}

/** Any Kubernetes object, without secret marks. */
export interface KubeObject extends Properties {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
}

/** A list of the API. */
export interface KubeList {
  readonly items?: readonly KubeObject[];
}

/** The value at a dotted path, or undefined. */
export function at(object: Properties, path: string): Value | undefined {
  let value: Value | undefined = object;
  for (const key of path.split(".")) value = isObject(value) ? value[key] : undefined;
  return value;
}

/** The number at a dotted path; what the API leaves out counts as `otherwise`. */
export function count(object: Properties, path: string, otherwise = 0): number {
  const value = at(object, path);
  return typeof value === "number" ? value : otherwise;
}

/** Annotations `pulumi.com/...` steer the plugin: skipAwait, timeoutSeconds, patchForce and so on. */
export const steering = (object: KubeObject, name: string): string | undefined =>
  object.metadata.annotations?.[`pulumi.com/${name}`];

/** `namespace/name`, or `name` for an object without a namespace. */
export const idOf = ({ metadata }: KubeObject): string =>
  metadata.namespace ? `${metadata.namespace}/${metadata.name}` : `${metadata.name}`;

/** The namespace and name in an id. */
export function partsOf(id: string): { name: string; namespace?: string } {
  const slash = id.indexOf("/");
  return slash < 0 ? { name: id } : { namespace: id.slice(0, slash), name: id.slice(slash + 1) };
}
