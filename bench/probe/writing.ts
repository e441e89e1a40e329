import execa from "execa";
import * as path from "node:path";
import { inOps, operatorFiles } from "../../rack/cli/operator";
import { REPOSITORY } from "../../rack/cli/paths";
import { LONGEST_ACT } from "./probing";
import type { WriteOutcome } from "./write-outcome";

const TSX = require.resolve("tsx/cjs");

/** Seconds in which every object has to be acknowledged: the writing itself takes 25. */
const PATIENCE = 120;

/** Writes objects through the endpoint, 20 a second, then reads whether all that was acknowledged is there. */
export const writing = async (count: number): Promise<WriteOutcome> => outcomeOf(startWriting(count, PATIENCE));

/** The same for as long as `act` takes, at most `longest` seconds. */
export async function writingThroughout(act: () => Promise<void>, longest = LONGEST_ACT): Promise<WriteOutcome> {
  const writer = startWriting(20 * longest, longest);
  try {
    await act();
  } finally {
    writer.kill("SIGTERM");
  }
  return outcomeOf(writer);
}

const outcomeOf = async (writer: execa.ExecaChildProcess): Promise<WriteOutcome> =>
  JSON.parse((await writer).stdout) as WriteOutcome;

function startWriting(count: number, patience: number): execa.ExecaChildProcess {
  const files = operatorFiles();
  if (files === undefined) throw new Error("there is no cluster to write to");
  return execa(
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
      String(patience),
    ]),
    { stdin: "ignore", timeout: (patience + 180) * 1000 },
  );
}
