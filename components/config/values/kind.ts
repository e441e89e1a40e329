import { describe, problem, type Path } from "./problems";
import { isRecord, says, type Reading } from "./section";
import { notOneOf } from "./suggest";

/** One kind of a section that comes in kinds: each has a module of its own and a row in its table. */
export interface Kind<Args, Spec, Section = Spec> {
  /** The least that works; tests and documentation use it. */
  readonly example: Args;
  /** Checks the section by itself and completes it. The rules between sections are in `checks/`. */
  read(raw: unknown, path: Path): Reading<Spec, Section>;
}

/**
 * The types that a table of kinds is for: the arguments, the spec that is made of them, and the fields of a section.
 */
export type ArgsOf<Table> = {
  [K in keyof Table]: Table[K] extends Kind<infer Args, unknown, unknown> ? Args : never;
}[keyof Table];
export type SpecOf<Table> = {
  [K in keyof Table]: Table[K] extends Kind<unknown, infer Spec, unknown> ? Spec : never;
}[keyof Table];
export type SectionOf<Table> = {
  [K in keyof Table]: Table[K] extends Kind<unknown, unknown, infer Section> ? Section : never;
}[keyof Table];

/** Makes the rows of a table of kinds: a kind, and what the rules of configuration ask of it in place of its name. */
export const rowsWith =
  <Capabilities>() =>
  <Args, Spec, Section>(
    kind: Kind<Args, Spec, Section>,
    capabilities: Capabilities,
  ): Kind<Args, Spec, Section> & Capabilities => ({ ...kind, ...capabilities });

/**
 * As {@link readKind}, of a section that may be left out; an empty object is the stack file's way to leave it out.
 * Undefined then.
 */
export const readOptionalKind = <Spec, Section extends { readonly kind: string }>(
  kinds: Readonly<Record<string, Kind<unknown, Spec, Section>>>,
  raw: unknown,
  path: Path,
): Reading<Spec, Section> | undefined =>
  raw === undefined || (isRecord(raw) && Object.keys(raw).length === 0) ? undefined : readKind(kinds, raw, path);

/** Reads a section with the module that its `kind` names. When that kind does not exist, the reading has no fields. */
export function readKind<Spec, Section extends { readonly kind: string }>(
  kinds: Readonly<Record<string, Kind<unknown, Spec, Section>>>,
  raw: unknown,
  path: Path,
  kindByDefault?: string,
): Reading<Spec, Section> {
  const names = Object.keys(kinds);
  const unknown = (at: Path, reason: string): Reading<Spec, Section> => ({
    // TypeScript cannot tell that an object without fields is part of every section.
    partial: {} as Reading<Spec, Section>["partial"],
    problems: [problem(at, reason)],
    says: says(raw),
  });
  if (!isRecord(raw))
    return unknown(path, `found ${describe(raw)}, expected an object whose kind is ${names.join(" or ")}`);
  const name = raw.kind === undefined ? kindByDefault : raw.kind;
  const kind = typeof name === "string" && names.includes(name) ? kinds[name] : undefined;
  return kind === undefined
    ? unknown([...path, "kind"], notOneOf(describe(name), typeof name === "string" ? name : undefined, names))
    : kind.read({ ...raw, kind: name }, path);
}
