import { z } from "zod";
import { describe, type Path } from "../values/problems";
import { isRecord } from "../values/section";
import type { JsonObject } from "../values/json";

/** Fields merged into one of kubeadm's documents; Rackplane sets the document's `apiVersion` and `kind`. */
export function passthrough(document: string, example: string): z.ZodType<JsonObject, z.ZodTypeDef, unknown> {
  return z.unknown().transform((value, context): JsonObject => {
    const add = (path: Path, message: string): void => context.addIssue({ code: "custom", path: [...path], message });
    if (!isRecord(value)) {
      add([], `found ${describe(value)}, expected fields of ${document}, such as ${example}`);
      return z.NEVER;
    }
    for (const key of ["apiVersion", "kind"]) {
      if (key in value)
        add(
          [key],
          `found ${describe(value[key])}, expected it left out; the fields are merged into the cluster's own ${document}`,
        );
    }
    const lost = notJson(value);
    for (const [path, found] of lost) add(path, `found ${describe(found)}, expected plain data that JSON can hold`);
    // A copy, because the spec is frozen and the caller's object must not be.
    return lost.length > 0 ? z.NEVER : (structuredClone(value) as JsonObject);
  });
}

/** Values that would be lost on the way to a machine: Outputs, functions, dates, undefined. */
function notJson(value: unknown, path: Path = []): [Path, unknown][] {
  if (Array.isArray(value)) return value.flatMap((item, i) => notJson(item, [...path, i]));
  if (isRecord(value)) return Object.entries(value).flatMap(([key, item]) => notJson(item, [...path, key]));
  const plain = value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
  return plain ? [] : [[path, value]];
}
