/**
 * Property values as the engine sends them: a protobuf Struct in which secrets, assets and archives
 * are objects with a magic key, and values not known in a preview are magic strings.
 */
export type Value = null | boolean | number | string | Value[] | Properties;
export interface Properties {
  [key: string]: Value | undefined;
}

/** The key that marks an object as special; its value says which kind. */
export const SIGNATURE = "4dabf18193072939515e22adb298388d";
export const ASSET = "c44067f5952c0a294b673a41bacd8c17";
export const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/** An unknown string. The engine tells types of unknowns apart; plugins need not. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export const isObject = (value: unknown): value is Properties =>
  value !== null && typeof value === "object" && !Array.isArray(value);
export const isSecret = (value: unknown): boolean => isObject(value) && value[SIGNATURE] === SECRET;

/** Marks a value as secret. One that is marked already stays as it is. */
export const secret = (value: Value): Value => (isSecret(value) ? value : { [SIGNATURE]: SECRET, value });

/** The value without secret marks, at any depth. Assets and archives keep their tag. */
export function plain<T extends Value | undefined>(value: T): T;
export function plain(value: Value | undefined): Value | undefined {
  if (Array.isArray(value)) return value.map(item => plain(item));
  if (!isObject(value)) return value;
  if (value[SIGNATURE] === SECRET || value[SIGNATURE] === OUTPUT) {
    return value.value === undefined ? UNKNOWN : plain(value.value);
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

export type ChangeKind = "ADD" | "DELETE" | "UPDATE";

/** The paths, in the engine's PropertyPath notation, at which two plain values differ. */
export function diffPaths(before: Value | undefined, after: Value | undefined, path = ""): Record<string, ChangeKind> {
  if (same(before, after)) return {};
  if (before === undefined) return { [path]: "ADD" };
  if (after === undefined) return { [path]: "DELETE" };
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    const indexes = Array.from({ length }, (_, index) => index);
    return Object.assign({}, ...indexes.map(i => diffPaths(before[i], after[i], `${path}[${i}]`)));
  }
  if (isObject(before) && isObject(after) && before[SIGNATURE] === undefined && after[SIGNATURE] === undefined) {
    return Object.assign({}, ...keysOf(before, after).map(key => diffPaths(before[key], after[key], join(path, key))));
  }
  return { [path]: "UPDATE" };
}

const keysOf = (a: Properties, b: Properties) => [...new Set([...Object.keys(a), ...Object.keys(b)])];

function join(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${path}["${key.replace(/"/g, '\\"')}"]`;
  return path === "" ? key : `${path}.${key}`;
}

function same(a: Value | undefined, b: Value | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => same(item, b[i]));
  if (!isObject(a) || !isObject(b)) return false;
  // An asset's content decides, not the path it was read from.
  if (a[SIGNATURE] !== undefined && a.hash !== undefined && a[SIGNATURE] === b[SIGNATURE]) return a.hash === b.hash;
  return keysOf(a, b).every(key => same(a[key], b[key]));
}
