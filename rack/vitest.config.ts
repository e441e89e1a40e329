import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** By name: the files tell one story, from the first `up` to the last `down`. */
class ByName extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return [...files].sort((a, b) => a.moduleId.localeCompare(b.moduleId));
  }
}

/** The folder of `test/` that is run: `./rackplane test` names one suite after the other (`suites/table.ts`). */
const SUITE = process.env.SUITE ?? "core";

/** One rack, so one file after the other, in the order of their names. */
export default defineConfig({
  test: {
    root: __dirname,
    include: [`test/${SUITE}/**/*.test.ts`],
    pool: "forks",
    fileParallelism: false,
    sequence: { concurrent: false, sequencer: ByName },
    testTimeout: 900_000,
    hookTimeout: 900_000,
    // One failure late in a file says little when an earlier one left the cluster broken.
    bail: 3,
  },
});
