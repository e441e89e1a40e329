import { parseAllDocuments, LineCounter, type Document, type ParsedNode } from "yaml";
import type { JsonObject } from "../values/json";
import { describe } from "../values/problems";
import { isRecord } from "../values/section";

/** One Kubernetes object of a person's own manifests. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  /** Where it stands, for a person: `network/flannel.yaml, document 2`. */
  readonly place: string;
  /** The object as it is applied. */
  readonly object: JsonObject;
}

/** Bytes of a file: CRDs, the largest manifests there are, come in files of 2 MB. */
export const LARGEST_FILE = 4 * 1024 * 1024;
/** Bytes of an object as JSON. etcd takes requests of 1.5 MiB (`--max-request-bytes`). */
export const LARGEST_OBJECT = 1024 * 1024;

const API_VERSION = /^([a-z0-9]([a-z0-9.-]*[a-z0-9])?\/)?v[0-9]+((alpha|beta)[0-9]+)?$/;
const KIND = /^[A-Z][A-Za-z0-9]*$/;

/** What was read of one file or text: its objects, and what is wrong, each with the document's number. */
export interface ReadManifests {
  readonly manifests: readonly Manifest[];
  readonly problems: readonly string[];
}

/**
 * Reads the YAML documents of a text, as kubectl does: by YAML 1.1, so that `defaultMode: 0644` is octal.
 *
 * @param source names the text where its objects are told of
 */
export function readManifests(text: string, source: string): ReadManifests {
  const bytes = Buffer.byteLength(text);
  if (bytes > LARGEST_FILE)
    return { manifests: [], problems: [`found ${bytes} bytes, expected at most ${LARGEST_FILE}; split the file`] };
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { version: "1.1", customTags: kubernetesTags, lineCounter: lines });
  const documents = Array.isArray(parsed) ? parsed : [];
  const manifests: Manifest[] = [];
  const problems: string[] = [];
  documents.forEach((document, i) => {
    const place = `${source}, document ${i + 1}`;
    const { line } = lines.linePos(document.contents?.range[0] ?? document.range[0]);
    const read = readDocument(document, place);
    if (read === undefined) return;
    if (typeof read === "string") problems.push(`document ${i + 1} (line ${line}): ${read}`);
    else manifests.push(read);
  });
  return { manifests, problems };
}

/** Go's YAML, which kubectl reads with, knows neither timestamps nor numbers of base 60 in an object of Kubernetes. */
const kubernetesTags = <T>(tags: T[]): T[] =>
  tags.filter(tag => {
    const { tag: name, format } = tag as { tag?: string; format?: string };
    return name !== "tag:yaml.org,2002:timestamp" && format !== "TIME";
  });

/** The object, or what is wrong with it; undefined for a document that holds nothing but comments. */
function readDocument(document: Document.Parsed<ParsedNode>, place: string): Manifest | string | undefined {
  const [error] = document.errors;
  if (error !== undefined) {
    const at = error.linePos?.[0];
    const [words = ""] = error.message.split(" at line ");
    return `no YAML${at === undefined ? "" : ` at line ${at.line}, column ${at.col}`}: ${words}; correct it`;
  }
  if (document.contents === null) return undefined;
  let object: unknown;
  try {
    object = document.toJS();
  } catch (error) {
    return `no YAML: ${error instanceof Error ? error.message : String(error)}; correct it`;
  }
  // A document of nothing but `null` or `~`.
  if (object === null) return undefined;
  if (!isRecord(object)) return `found ${describe(object)}, expected an object of Kubernetes`;
  const wrong = objectProblem(object);
  if (wrong !== undefined) return wrong;
  const { apiVersion, kind, metadata } = object as unknown as Fields;
  return {
    apiVersion,
    kind,
    name: metadata.name,
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    place,
    object: object as JsonObject,
  };
}

interface Fields {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

function objectProblem(object: Record<string, unknown>): string | undefined {
  const { apiVersion, kind, metadata, items } = object;
  if (typeof apiVersion !== "string" || !API_VERSION.test(apiVersion))
    return `apiVersion: found ${describe(apiVersion)}, expected one such as "apps/v1"`;
  if (typeof kind !== "string" || !KIND.test(kind))
    return `kind: found ${describe(kind)}, expected one such as DaemonSet`;
  if (Array.isArray(items) && kind.endsWith("List"))
    return `kind: found ${kind}, expected one object a document; write its ${items.length} items as documents of their own`;
  if (!isRecord(metadata)) return `metadata: found ${describe(metadata)}, expected an object with a name`;
  if ("generateName" in metadata)
    return "metadata.generateName: found one, expected a name: the object has to be the same one at every `up`";
  const { name, namespace } = metadata;
  if (typeof name !== "string" || name === "" || /[\s/%]/.test(name))
    return `metadata.name: found ${describe(name)}, expected a name`;
  if (namespace !== undefined && (typeof namespace !== "string" || !/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(namespace)))
    return `metadata.namespace: found ${describe(namespace)}, expected a namespace's name, or none`;
  const bytes = Buffer.byteLength(JSON.stringify(object));
  return bytes > LARGEST_OBJECT
    ? `found an object of ${bytes} bytes, expected at most ${LARGEST_OBJECT}, as etcd takes no larger request`
    : undefined;
}
