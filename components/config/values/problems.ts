import * as pulumi from "@pulumi/pulumi";

/** One thing wrong with the configuration: where, and what was found, what is expected, what to do. */
export interface Problem {
  readonly propertyPath: string;
  readonly reason: string;
}

export type Path = readonly (string | number)[];

/** A path as Pulumi writes it: `machines.hardwareReservationIds[1]`, `mirrors.images["registry.k8s.io"]`. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    if (!/^[A-Za-z_][\w-]*$/.test(step)) return `${text}[${JSON.stringify(step)}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

export const problem = (path: Path, reason: string): Problem => ({ propertyPath: formatPath(path), reason });

const LONGEST_QUOTE = 60;

/** What was found, in words. Never called with a secret. */
export function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (pulumi.Output.isInstance(value)) return "an Output, whose value is known too late";
  if (value instanceof Promise) return "a Promise";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : `a list of ${value.length}`;
  if (typeof value === "string") {
    return JSON.stringify(value.length > LONGEST_QUOTE ? `${value.slice(0, LONGEST_QUOTE)}...` : value);
  }
  if (typeof value === "object") return "an object";
  if (typeof value === "function") return "a function";
  return String(value as number | bigint | boolean | symbol | null | undefined);
}

/** All problems as one error. The message lists them too: Pulumi prints only that when a program throws. */
export function configurationError(problems: readonly Problem[]): pulumi.InputPropertiesError {
  const lines = problems.map(({ propertyPath, reason }) => `  ${propertyPath}: ${reason}`);
  return new pulumi.InputPropertiesError({
    message: [
      `the configuration has ${problems.length === 1 ? "a problem" : `${problems.length} problems`}:`,
      ...lines,
    ].join("\n"),
    errors: [...problems],
  });
}
