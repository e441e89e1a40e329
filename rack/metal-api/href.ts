export const API_PATH = "/metal/v1";

/** The path by which answers refer to another resource; the provider takes ids from its last element. */
export const href = (collection: string, id: string) => `${API_PATH}/${collection}/${id}`;

/** The names asked for with `?include=project,facility`: resources to be told whole instead of by their path. */
export const includes = (query: { include?: string }) => new Set((query.include ?? "").split(",").filter(Boolean));
