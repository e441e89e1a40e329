import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Pulumi's mocks are process-wide state: one process a file keeps files apart.
    pool: "forks",
    include: ["test/**/*.test.ts", "rack/test/unit/**/*.test.ts"],
    testTimeout: 30_000,
    // The program refuses to start without a token; under mocks nobody reads it.
    env: { METAL_AUTH_TOKEN: "unit-tests" },
  },
});
