import { describe, problem, type Path, type Problem } from "./values/problems";
import { isRecord, type Partly } from "./values/section";
import type { NetworkSpec } from "./spec";
import { notOneOf } from "./values/suggest";

/** What a kind may know besides its own section. */
export interface KindContext {
  /** How many control-plane machines there are to be, when that is good. */
  readonly count?: number;
  /** The whole configuration as given, for questions that cross sections. */
  readonly raw: Readonly<Record<string, unknown>>;
  /** The good part of `network`, defaults included. */
  readonly network?: Partly<NetworkSpec>;
  /** Whether a token for the machines' API is there; undefined: not to be checked. */
  readonly credentials?: boolean;
}

/** A section that comes in kinds: each has a module of its own and a row in `kinds.ts`. */
export interface Kind<Args, Spec> {
  /** The least that works; tests and documentation use it. */
  readonly example: Args;
  /** Checks the section and completes it. */
  read(
    raw: unknown,
    path: Path,
    context: KindContext,
  ): { readonly value?: Spec; readonly problems: readonly Problem[] };
}

/** Where control-plane machines come from, as given; the kinds of endpoint ask. */
export const machinesKind = ({ raw }: KindContext): unknown => (isRecord(raw.machines) ? raw.machines.kind : undefined);

/** Reads a section with the module that its `kind` names. */
export function readKind<Spec>(
  kinds: Readonly<Record<string, Kind<unknown, Spec>>>,
  raw: unknown,
  path: Path,
  context: KindContext,
  kindByDefault?: string,
): { readonly value?: Spec; readonly problems: readonly Problem[] } {
  const names = Object.keys(kinds);
  if (!isRecord(raw)) {
    return {
      problems: [problem(path, `found ${describe(raw)}, expected an object whose kind is ${names.join(" or ")}`)],
    };
  }
  const name = raw.kind ?? kindByDefault;
  const kind = typeof name === "string" && names.includes(name) ? kinds[name] : undefined;
  if (kind === undefined) {
    return {
      problems: [
        problem([...path, "kind"], notOneOf(describe(name), typeof name === "string" ? name : undefined, names)),
      ],
    };
  }
  return kind.read(raw, path, context);
}
