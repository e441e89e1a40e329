import { z } from "zod";
import { describe, problem, type Path, type Problem } from "./problems";
import { listed, nearest } from "./suggest";

/** Every field optional, at every depth: what is left of a section when its bad values are set aside. */
export type Partly<T> = T extends readonly unknown[] ? T : T extends object ? { [K in keyof T]?: Partly<T[K]> } : T;

/** A section read whole, with what can be said of it even when parts are bad. */
export interface Reading<T> {
  /** There when nothing is wrong. */
  readonly value?: T;
  /** The good values, defaults included, so that values are compared with one another at the same time. */
  readonly partial: Partly<T>;
  readonly problems: readonly Problem[];
}

/**
 * Checks a section against its schema. zod stops at the first bad field before it compares fields and lists
 * unknown keys without a suggestion, so objects are walked here and zod judges the single values.
 */
export function readSection<S extends z.ZodTypeAny>(schema: S, raw: unknown, path: Path): Reading<z.output<S>> {
  const problems: Problem[] = [];
  const partial = walk(schema, raw, path, problems) as Partly<z.output<S>>;
  return problems.length === 0 ? { value: partial as z.output<S>, partial, problems } : { partial, problems };
}

function walk(schema: z.ZodTypeAny, raw: unknown, path: Path, problems: Problem[]): unknown {
  if (schema instanceof z.ZodDefault) {
    return walk(schema._def.innerType, raw === undefined ? schema._def.defaultValue() : raw, path, problems);
  }
  if (schema instanceof z.ZodOptional) {
    return raw === undefined ? undefined : walk(schema._def.innerType, raw, path, problems);
  }
  if (schema instanceof z.ZodObject) return walkObject(schema, raw, path, problems);
  if (schema instanceof z.ZodArray && schema.element instanceof z.ZodObject && Array.isArray(raw)) {
    const items = raw.map((item, i) => walk(schema.element, item, [...path, i], problems));
    return items.includes(undefined) ? undefined : items;
  }
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const seen = new Set<string>();
  for (const issue of result.error.issues) {
    const found = problem([...path, ...issue.path], issue.message);
    const id = `${found.propertyPath} ${found.reason}`;
    if (!seen.has(id)) problems.push(found);
    seen.add(id);
  }
  return undefined;
}

function walkObject(schema: z.AnyZodObject, raw: unknown, path: Path, problems: Problem[]): unknown {
  const shape: z.ZodRawShape = schema.shape;
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
