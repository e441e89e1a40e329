import type { Suite } from "../suite";
import { vitest } from "../vitest";

type Row = Omit<Suite, "run">;

/** Tests of vitest.config.ts: no rack, any user. */
export const plain = (row: Omit<Row, "needs">): Suite => ({
  ...row,
  needs: "node",
  run: () => vitest(row.name, ["--project", row.name]),
});

/** Machines install and pull everything themselves; elsewhere their disks are prepared (rack/setup/prepare.ts). */
export const PLAIN = { RACKPLANE_DISKS: "plain" };

/** A folder of rack/test. */
export const folder = (row: Row, env: NodeJS.ProcessEnv = {}): Suite => ({
  ...row,
  run: () => vitest(row.name, ["--config", "rack/vitest.config.ts"], { SUITE: row.name, ...env }),
});

/** A way to hold the VIP, on machines that exist, under faults and writes (rack/test/kinds). */
export const kind = (name: string, shows: string, minutes: number, covers: readonly string[]): Suite =>
  folder(
    {
      name: `kind-${name}`,
      shows,
      minutes,
      needs: "root",
      core: false,
      covers: [...covers, "components/endpoint", "cloud-init/node/grant/announcers", `rack/stacks/rack-${name}.yaml`],
    },
    { SUITE: "kinds", KIND: name },
  );
