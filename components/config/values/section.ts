import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { describe, problem, type Path, type Problem } from "./problems";
import { listed, nearest } from "./suggest";

/**
 * Every field optional, at every depth: what is left of a section when its bad values are set aside. Lists keep their
 * length: a bad object in one is empty, any other bad value undefined.
 */
export type Partly<T> =
  T extends pulumi.Output<unknown>
    ? T
    : T extends readonly (infer Item)[]
      ? readonly (Item extends object ? Partly<Item> : Item | undefined)[]
      : T extends object
        ? { [K in keyof T]?: Partly<T[K]> }
        : T;

/** A section read whole, with what can be said of it even when parts are bad. `Section` is its form as given. */
export interface Reading<Spec, Section = Spec> {
  /** There when nothing is wrong. */
  readonly value?: Spec;
  /** The good values, defaults included, so that values are compared with one another even while others are bad. */
  readonly partial: Partly<Section>;
  readonly problems: readonly Problem[];
  /**
   * Whether the configuration says anything at a path in the section, good or bad. A check for what is missing asks
   * this, because a bad value has its own reason, and a default is not in the configuration.
   */
  readonly says: (...path: Path) => boolean;
}

/** {@link Reading.says} for a section as given. */
export const says =
  (raw: unknown) =>
  (...path: Path): boolean =>
    path.reduce<unknown>(
      (value, step) =>
        isRecord(value) || Array.isArray(value) ? (value as Record<string | number, unknown>)[step] : undefined,
      raw,
    ) !== undefined;

/**
 * Checks a section against its schema. zod stops at the first bad field before it compares fields and lists
 * unknown keys without a suggestion, so objects, lists and records are walked here and zod judges the single values.
 */
export function readSection<S extends z.ZodTypeAny>(schema: S, raw: unknown, path: Path): Reading<z.output<S>> {
  const problems: Problem[] = [];
  const read = walk(schema, raw, path, problems) as z.output<S> | undefined;
  const partial = (read ?? {}) as Partly<z.output<S>>;
  return { ...(problems.length === 0 ? { value: read as z.output<S> } : {}), partial, problems, says: says(raw) };
}

/** A reading with more problems, and with `complete`'s result as its value when there are none. */
export function judged<Section, Spec>(
  { value, partial, problems: found, says }: Reading<Section>,
  more: readonly Problem[],
  complete: (section: Section) => Spec,
): Reading<Spec, Section> {
  const problems = [...found, ...more];
  return { ...(value === undefined || problems.length > 0 ? {} : { value: complete(value) }), partial, problems, says };
}

function walk(schema: z.ZodTypeAny, raw: unknown, path: Path, problems: Problem[]): unknown {
  if (schema instanceof z.ZodDefault) {
    return walk(
      schema._def.innerType as z.ZodTypeAny,
      raw === undefined ? schema._def.defaultValue() : raw,
      path,
      problems,
    );
  }
  if (schema instanceof z.ZodOptional) {
    return raw === undefined ? undefined : walk(schema._def.innerType as z.ZodTypeAny, raw, path, problems);
  }
  if (schema instanceof z.ZodObject) return walkObject(schema as z.AnyZodObject, raw, path, problems);
  if (schema instanceof z.ZodArray && Array.isArray(raw)) {
    const bad = schema.element instanceof z.ZodObject ? {} : undefined;
    return raw.map((item: unknown, i) => walk(schema.element as z.ZodTypeAny, item, [...path, i], problems) ?? bad);
  }
  if (schema instanceof z.ZodRecord && isRecord(raw)) return walkRecord(schema as z.ZodRecord, raw, path, problems);
  // zod gets the whole path, because the message that refuses a value that becomes known later names it too.
  const result = schema.safeParse(raw, { path: [...path] });
  if (result.success) return result.data;
  const seen = new Set<string>();
  for (const issue of result.error.issues) {
    const found = problem(issue.path, issue.message);
    const id = `${found.propertyPath} ${found.reason}`;
    if (!seen.has(id)) problems.push(found);
    seen.add(id);
  }
  return undefined;
}

function walkRecord(schema: z.ZodRecord, raw: Record<string, unknown>, path: Path, problems: Problem[]): unknown {
  const entries = Object.entries(raw).map(([key, value]) => [
    walk(schema.keySchema, key, [...path, key], problems),
    walk(schema.valueSchema, value, [...path, key], problems),
  ]);
  return Object.fromEntries(entries.filter(([key, value]) => key !== undefined && value !== undefined));
}

function walkObject(schema: z.AnyZodObject, raw: unknown, path: Path, problems: Problem[]): unknown {
  const shape = schema.shape as z.ZodRawShape;
  const keys = Object.keys(shape);
  if (!isRecord(raw)) {
    problems.push(problem(path, `found ${describe(raw)}, expected an object with ${listed(keys)}`));
    return undefined;
  }
  problems.push(...unknownKeys(raw, keys, path));
  const read: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(shape)) {
    const value = walk(field, raw[key], [...path, key], problems);
    if (value !== undefined) read[key] = value;
  }
  return read;
}

/** A misspelt key would otherwise be silently left out. */
export function unknownKeys(raw: Record<string, unknown>, known: readonly string[], path: Path): Problem[] {
  return Object.keys(raw)
    .filter(key => !known.includes(key))
    .map(key => {
      const guess = nearest(key, known);
      return problem(
        [...path, key],
        guess === undefined ? `no such setting; expected ${listed(known)}` : `no such setting; did you mean ${guess}?`,
      );
    });
}

/** A plain object, not a list, an Output or an instance of some class. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
