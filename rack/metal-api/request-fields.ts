import { unprocessable } from "./errors";

/**
 * Reads a request's body field by field. Problems are collected, so that `check` can report all of them
 * in one answer, in the words of the public API ("Hostname can't be blank").
 */
export class RequestFields {
  private readonly body: Readonly<Record<string, unknown>>;
  private readonly problems: string[] = [];

  constructor(body: unknown) {
    this.body = isObject(body) ? body : {};
  }

  /** A text that must be there. */
  text(name: string): string {
    const value = this.optionalText(name);
    if (value === undefined || value === "") this.problem(`${label(name)} can't be blank`);
    return value ?? "";
  }

  optionalText(name: string): string | undefined {
    return this.read(name, "a string", (value): value is string => typeof value === "string");
  }

  integer(name: string): number | undefined {
    return this.read(name, "an integer", (value): value is number => Number.isInteger(value));
  }

  flag(name: string): boolean | undefined {
    return this.read(name, "a boolean", (value): value is boolean => typeof value === "boolean");
  }

  /** A list of texts; one text alone counts as a list of one. */
  texts(name: string): string[] | undefined {
    const value = this.body[name];
    if (typeof value === "string") return [value];
    return this.read(
      name,
      "a list of strings",
      (list): list is string[] => Array.isArray(list) && list.every(item => typeof item === "string"),
    );
  }

  objects(name: string): Readonly<Record<string, unknown>>[] | undefined {
    return this.read(
      name,
      "a list of objects",
      (list): list is Record<string, unknown>[] => Array.isArray(list) && list.every(isObject),
    );
  }

  /** `customdata` travels as text and comes back as an object. */
  embeddedObject(name: string): Readonly<Record<string, unknown>> | undefined {
    const value = this.body[name];
    if (value === undefined || value === null || value === "") return undefined;
    const parsed = typeof value === "string" ? parseJson(value) : value;
    if (isObject(parsed)) return parsed;
    this.problem(`${label(name)} must be a JSON object`);
    return undefined;
  }

  problem(text: string): void {
    this.problems.push(text);
  }

  /** Ends the request with 422 when anything read so far was wrong. */
  check(): void {
    if (this.problems.length > 0) throw unprocessable(...this.problems);
  }

  private read<T>(name: string, expected: string, is: (value: unknown) => value is T): T | undefined {
    const value = this.body[name];
    if (value === undefined || value === null) return undefined;
    if (is(value)) return value;
    this.problem(`${label(name)} must be ${expected}, not ${JSON.stringify(value)}`);
    return undefined;
  }
}

const label = (name: string) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
