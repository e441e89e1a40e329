import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { configurationError, describe, problem, type Path } from "./problems";
import { notOneOf } from "./suggest";

/** One message for whatever zod finds wrong with a value: what was found, what is expected and what to do. */
export function expecting(expected: string): { errorMap: z.ZodErrorMap } {
  return { errorMap: (_issue, { data }) => ({ message: `found ${describe(data)}, expected ${expected}` }) };
}

/** A text of one form. */
export const text = (expected: string, form: RegExp): z.ZodString => z.string(expecting(expected)).regex(form);

/** A text that `check` finds a reason against, or none. */
export function checkedText(
  expected: string,
  check: (value: string) => string | undefined,
): z.ZodEffects<z.ZodString, string, string> {
  return z.string(expecting(expected)).superRefine((value, context) => {
    const message = check(value);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });
}

/** A whole number within a range; `what` names it with its unit. */
export const whole = (what: string, min: number, max: number): z.ZodNumber =>
  z
    .number(expecting(`${what}, ${min} to ${max}`))
    .int()
    .min(min)
    .max(max);

export const flag = (): z.ZodBoolean => z.boolean(expecting("true or false"));

/** One word of a fixed set. */
export function oneOf<const W extends readonly [string, ...string[]]>(words: W): z.ZodEnum<z.Writeable<W>> {
  return z.enum(words, {
    errorMap: (_issue, { data }) => ({
      message: notOneOf(describe(data), typeof data === "string" ? data : undefined, words),
    }),
  });
}

export const uuid = (what: string): z.ZodString =>
  text(`${what}, a UUID such as 0b6e2d0c-59a6-4a5a-9c3d-2f6f0d9c7a11`, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i);

/** A text that may become known only when another resource has been made. */
export type LateText = string | pulumi.Output<string>;

const isLate = (value: unknown): value is pulumi.Input<string> =>
  pulumi.Output.isInstance(value) || value instanceof Promise;

/** A value that cannot be checked with the rest: it is checked when it is known, and then fails alone. */
const checkedLate = (value: pulumi.Input<string>, path: Path, reason: (known: unknown) => string | undefined) =>
  pulumi.output(value).apply(known => {
    const late = reason(known);
    if (late !== undefined) throw configurationError([problem(path, late)]);
    return known;
  });

/** A text that `check` finds a reason against, or none; it may come from another resource. */
export function lateText(
  expected: string,
  check: (value: string) => string | undefined,
  complete: (value: string) => string = value => value,
): z.ZodType<LateText, z.ZodTypeDef, unknown> {
  const reason = (value: unknown): string | undefined =>
    typeof value === "string" ? check(value) : `found ${describe(value)}, expected ${expected}`;
  return z.unknown().transform((value, context): LateText => {
    if (isLate(value)) return checkedLate(value, context.path, reason).apply(complete);
    const message = reason(value);
    if (message === undefined) return complete(value as string);
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });
}

/** A secret text; the result is a secret Output. Reasons never quote it. */
export function secretText(
  expected: string,
  check: (value: string) => string | undefined,
): z.ZodType<pulumi.Output<string>, z.ZodTypeDef, unknown> {
  const reason = (value: unknown): string | undefined =>
    typeof value === "string"
      ? check(value)
      : `found ${value === undefined ? "nothing" : `a ${typeof value}`}, expected ${expected}`;
  return z.unknown().transform((value, context) => {
    if (isLate(value)) return pulumi.secret(checkedLate(value, context.path, reason));
    const message = reason(value);
    if (message === undefined) return pulumi.secret(value as string);
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });
}

/** A list whose every item has the given form. */
export const list = <T extends z.ZodTypeAny>(what: string, item: T): z.ZodArray<T> => z.array(item, expecting(what));
