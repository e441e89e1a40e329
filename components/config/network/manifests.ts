import { z } from "zod";
import { expandHome, type FileReader } from "../ssh";
import { checkedText } from "../values/forms";
import type { Kind } from "../values/kind";
import { formatPath, problem, type Path, type Problem } from "../values/problems";
import { judged, readSection, type Partly } from "../values/section";
import { readManifests, type Manifest } from "./manifest";
import { RANGE_FIELDS, type NetworkRangesArgs, type NetworkRangesSpec } from "./ranges";

/** Kubernetes objects in YAML, several documents apart by `---`: a file or a text, one of the two. */
export interface ManifestFileArgs {
  /**
   * A file; a relative path begins at the program, where `Pulumi.yaml` lies. `~` is your home directory.
   * @example "network/kube-router.yaml"
   */
  path?: string;
  /** The text itself. */
  text?: string;
}

/**
 * A pod network of your own, from manifests. Its objects are applied in their order, Namespaces and
 * CustomResourceDefinitions first, and not awaited each: what `up` waits for at the end is that every Node is Ready. An
 * object with the annotation `pulumi.com/skipAwait: "false"` is awaited. What you take out of the files is deleted in
 * the cluster.
 */
export interface ManifestsArgs extends NetworkRangesArgs {
  kind: "manifests";
  /** In the order in which they are applied. */
  manifests: ManifestFileArgs[];
}

/** The complete form of {@link ManifestsArgs}. */
export interface ManifestsSpec extends NetworkRangesSpec {
  readonly kind: "manifests";
  /** In the order in which they are applied. */
  readonly manifests: readonly Manifest[];
}

const text = (what: string) =>
  checkedText(what, value => (value.trim() === "" ? `found an empty text, expected ${what}` : undefined)).optional();

const schema = z
  .object({
    kind: z.literal("manifests"),
    ...RANGE_FIELDS,
    manifests: z.array(z.object({ path: text("a file's path"), text: text("manifests in YAML") }).strict(), {
      errorMap: () => ({ message: 'expected a list of files, such as [{ path: "network/kube-router.yaml" }]' }),
    }),
  })
  .strict();

export type ManifestsSection = z.output<typeof schema>;

export const manifests = (readFile: FileReader): Kind<ManifestsArgs, ManifestsSpec, ManifestsSection> => ({
  example: { kind: "manifests", manifests: [{ text: "{apiVersion: v1, kind: Namespace, metadata: {name: network}}" }] },
  read(raw, path) {
    const reading = readSection(schema, raw, path);
    const found = readAll(reading.partial.manifests, [...path, "manifests"], readFile);
    return judged(reading, found.problems, section => ({ ...section, manifests: inOrder(found.manifests) }));
  },
});

interface Found {
  readonly manifests: readonly Manifest[];
  readonly problems: readonly Problem[];
}

function readAll(files: Partly<ManifestsSection["manifests"]> | undefined, path: Path, readFile: FileReader): Found {
  if (files === undefined) return { manifests: [], problems: [] };
  const each = files.map((file, i) => readOne(file, [...path, i], readFile));
  const manifests = each.flatMap(found => found.manifests);
  const problems = [...each.flatMap(found => found.problems), ...duplicates(manifests, path)];
  if (manifests.length === 0 && problems.length === 0)
    problems.push(problem(path, "found no object, expected those of a pod network; network.kind none brings none"));
  return { manifests, problems };
}

function readOne(file: Partly<ManifestsSection["manifests"]>[number], path: Path, readFile: FileReader): Found {
  const nothing = (key: string, reason: string): Found => ({
    manifests: [],
    problems: [problem([...path, key], reason)],
  });
  if (file.path !== undefined && file.text !== undefined)
    return nothing("text", "found a path too, expected one of the two; leave one out");
  if (file.text !== undefined) {
    const at = [...path, "text"];
    const { manifests, problems } = readManifests(file.text, formatPath(at));
    return { manifests, problems: problems.map(reason => problem(at, reason)) };
  }
  if (file.path === undefined)
    return nothing("path", 'found none, expected a file, such as "network/kube-router.yaml"');
  let content: string;
  try {
    content = readFile(expandHome(file.path));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return nothing(
      "path",
      `cannot read ${JSON.stringify(file.path)} (${why}); expected a file of manifests, check the path`,
    );
  }
  const { manifests, problems } = readManifests(content, file.path);
  return { manifests, problems: problems.map(reason => problem([...path, "path"], `${file.path}, ${reason}`)) };
}

/** An object is one whatever version of its API group it is written in. */
const identityOf = ({ apiVersion, kind, namespace = "default", name }: Manifest): string =>
  [apiVersion.includes("/") ? apiVersion.split("/")[0] : "", kind, namespace, name].join(" ");

function duplicates(manifests: readonly Manifest[], path: Path): Problem[] {
  const first = new Map<string, Manifest>();
  return manifests.flatMap(manifest => {
    const before = first.get(identityOf(manifest));
    if (before === undefined) {
      first.set(identityOf(manifest), manifest);
      return [];
    }
    const title = `${manifest.kind} ${manifest.namespace === undefined ? "" : `${manifest.namespace}/`}${manifest.name}`;
    return [problem(path, `${manifest.place}: found ${title} again, which is ${before.place}; expected it once`)];
  });
}

/** What others need comes first; else the order stays. */
const FIRST = ["Namespace", "CustomResourceDefinition"];

const inOrder = (manifests: readonly Manifest[]): Manifest[] => [
  ...FIRST.flatMap(kind => manifests.filter(manifest => manifest.kind === kind)),
  ...manifests.filter(({ kind }) => !FIRST.includes(kind)),
];
