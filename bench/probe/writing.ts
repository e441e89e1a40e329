import execa from "execa";
import * as path from "node:path";
import { inOps, operatorFiles } from "../../rack/cli/operator";
import { REPOSITORY } from "../../rack/cli/paths";
import type { WriteOutcome } from "./write-outcome";

const TSX = require.resolve("tsx/cjs");

/** Seconds in which every object has to be acknowledged: the writing itself takes 25. */
const PATIENCE = 120;

/** Writes objects through the endpoint, 20 a second, then reads whether all that was acknowledged is there. */
export async function writing(count: number): Promise<WriteOutcome> {
  const files = operatorFiles();
  if (files === undefined) throw new Error("there is no cluster to write to");
  const { stdout } = await execa(
    "ip",
    inOps([
      process.execPath,
      "--require",
      TSX,
      path.join(REPOSITORY, "bench/probe/writes.ts"),
      files.kubeconfig,
      `writes-${Date.now()}`,
      String(count),
      "20",
      String(PATIENCE),
    ]),
    { stdin: "ignore", timeout: (PATIENCE + 180) * 1000 },
  );
  return JSON.parse(stdout) as WriteOutcome;
}
