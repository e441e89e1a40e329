import { defineConfig } from "vitest/config";

/** The live tests: one rack, so one file after the other, in the order of their names. */
export default defineConfig({
  test: {
    root: __dirname,
    include: ["test/live/**/*.test.ts"],
    pool: "forks",
    fileParallelism: false,
    sequence: { concurrent: false },
    testTimeout: 900_000,
    hookTimeout: 900_000,
    // One failure late in a file says little when an earlier one left the cluster broken.
    bail: 3,
  },
});
