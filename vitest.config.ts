import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const processes = availableParallelism();

/**
 * Tests that watch a program over time, go through all places at which one can end, or through the real CLI: half of
 * all the time. The others are those that a person waits for.
 */
const LONG = [
  "test/cloud-init/node/announcer*.test.ts",
  "test/cloud-init/haproxy-leaves.test.ts",
  "test/cloud-init/node/{check-endpoint,vrrp}.test.ts",
  "test/cloud-init/node/membership/*-crash*.test.ts",
  "test/cloud-init/node/membership/{authorities,authorities-seen,change,cluster-settings,encryption,etcd,generation,leave,manifests,packages,renewal,retire,upgrade}.test.ts",
  "test/repository/additions.test.ts",
  "rack/test/unit/addons.test.ts",
  "rack/test/unit/awake.test.ts",
  "rack/test/unit/doctor.test.ts",
  "rack/test/unit/failover-traffic.test.ts",
  "rack/test/unit/plugins-engine.test.ts",
  "rack/test/unit/rename.test.ts",
  "rack/test/unit/told.test.ts",
  "rack/test/unit/unreachable-machine.test.ts",
  "rack/test/unit/invitation.test.ts",
];

/** Runs of the on-node program that take a second of a processor each: what a machine does at a boot and with a grant. */
const NODE = [
  "test/cloud-init/node/adopt.test.ts",
  "test/cloud-init/node/prepare-{boot,host-key,identity,software,ssh}.test.ts",
  "test/cloud-init/node/membership/{backups,balancing-edits,certificates,cloud-provider,edits,form,isolation,kubeconfig,leave-balancers,local-balancer,node-trust,nodes,restore,settings,take-back,wipe}.test.ts",
];

export default defineConfig({
  test: {
    // A process a core, each running one file after the other: starting a process and loading Pulumi took
    // longer than most files. So no file may leave anything behind in its process: whoever sets Pulumi's mocks,
    // its configuration or a variable of the environment sets it for each test.
    pool: "forks",
    poolOptions: { forks: { isolate: false, minForks: processes, maxForks: processes } },
    unstubEnvs: true,
    globalSetup: "test/temporary.ts",
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts", "rack/test/unit/**/*.test.ts"],
          exclude: [...LONG, ...NODE],
        },
      },
      // They wait for processors more than for anything else, and all at once.
      { extends: true, test: { name: "node", include: NODE, testTimeout: 120_000 } },
      { extends: true, test: { name: "long", include: LONG, testTimeout: 120_000 } },
    ],
    testTimeout: 30_000,
    // The program refuses to start without a token; under mocks nobody reads it.
    env: { METAL_AUTH_TOKEN: "unit-tests" },
  },
});
