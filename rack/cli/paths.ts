import * as path from "node:path";

/** The checkout that this rack belongs to. */
export const REPOSITORY = path.resolve(__dirname, "../..");
