import type { Table } from "./store";

/** An answer that is an error: what the tenant sees under `errors`. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly errors: readonly string[],
  ) {
    super(errors.join("; "));
  }
}

export const unprocessable = (...errors: string[]) => new ApiError(422, errors);

/** The record, or the 404 by which the provider learns that a resource is gone. */
export function found<T extends { readonly id: string }>(table: Table<T>, id: string, kind: string): T {
  const record = table.get(id);
  if (record === undefined) throw new ApiError(404, [`Not found: there is no ${kind} ${id}`]);
  return record;
}

export const reason = (error: unknown) => (error instanceof Error ? error.message : String(error));
