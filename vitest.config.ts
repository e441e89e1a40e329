import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const processes = availableParallelism();

export default defineConfig({
  test: {
    // A process a core, each running one file after the other: starting a process and loading Pulumi took
    // longer than most files. So no file may leave anything behind in its process: whoever sets Pulumi's mocks,
    // its configuration or a variable of the environment sets it for each test.
    pool: "forks",
    poolOptions: { forks: { isolate: false, minForks: processes, maxForks: processes } },
    unstubEnvs: true,
    globalSetup: "test/temporary.ts",
    include: ["test/**/*.test.ts", "rack/test/unit/**/*.test.ts"],
    testTimeout: 30_000,
    // The program refuses to start without a token; under mocks nobody reads it.
    env: { METAL_AUTH_TOKEN: "unit-tests" },
  },
});
