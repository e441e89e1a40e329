import { isRecord } from "../config/values/section";

/** What differs between two documents: the path of each value that is another one, such as `node.deadlines.member`. */
export function differences(was: unknown, is: unknown, path = ""): string[] {
  if (Array.isArray(was) || Array.isArray(is)) return ofLists(was, is, path);
  if (isRecord(was) || isRecord(is)) return ofRecords(fields(was), fields(is), path);
  return was === is ? [] : [path];
}

const fields = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : {});

function ofRecords(was: Record<string, unknown>, is: Record<string, unknown>, path: string): string[] {
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap(key =>
    differences(was[key], is[key], path === "" ? key : `${path}.${key}`),
  );
}

/** Lists of documents, and of what has a name, differ by kind or by name; any other list as a whole. */
function ofLists(was: unknown, is: unknown, path: string): string[] {
  // An empty list says something else than none: kubeadm's taints, for one.
  if (isEmpty(was) || isEmpty(is)) return JSON.stringify(was) === JSON.stringify(is) ? [] : [path];
  const [before, after] = [byName(was), byName(is)];
  if (before !== undefined && after !== undefined) return ofRecords(before, after, path);
  return JSON.stringify(was) === JSON.stringify(is) ? [] : [path];
}

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

function byName(value: unknown): Record<string, unknown> | undefined {
  if (value === undefined || value === null) return {};
  if (!Array.isArray(value)) return undefined;
  const names = value.map(item => (isRecord(item) ? (item.kind ?? item.name) : undefined));
  return names.every(name => typeof name === "string") && new Set(names).size === names.length
    ? Object.fromEntries(names.map((name, i) => [name, value[i] as unknown]))
    : undefined;
}
