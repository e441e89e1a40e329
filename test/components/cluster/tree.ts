import type { Registration } from "./recorder";

/** The resources as a tree: type and name, below their parents, in the order of names. */
export function tree(resources: readonly Registration[], parent?: string, depth = 0): string {
  return resources
    .filter(resource => resource.parent === parent)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(
      ({ name, type, kind }) =>
        `${"  ".repeat(depth)}${name}  (${type}${kind === "read" ? ", read" : ""})\n${tree(resources, name, depth + 1)}`,
    )
    .join("");
}
