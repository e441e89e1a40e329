import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** By name: the files tell one story, from the first `up` to the last `down`. */
class ByName extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return [...files].sort((a, b) => a.moduleId.localeCompare(b.moduleId));
  }
}

/** The live tests: one rack, so one file after the other, in the order of their names. */
export default defineConfig({
  test: {
    root: __dirname,
    // `./rackplane test` runs one after the other; the kinds, or one of them, also alone.
    include: [process.env.KIND === undefined ? "test/live/**/*.test.ts" : "test/kinds/**/*.test.ts"],
    pool: "forks",
    fileParallelism: false,
    sequence: { concurrent: false, sequencer: ByName },
    testTimeout: 900_000,
    hookTimeout: 900_000,
    // One failure late in a file says little when an earlier one left the cluster broken.
    bail: 3,
  },
});
