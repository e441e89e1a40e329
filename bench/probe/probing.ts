import execa from "execa";
import * as path from "node:path";
import { inOps, operatorFiles } from "../../rack/cli/operator";
import { REPOSITORY } from "../../rack/cli/paths";
import type { Outcome } from "./outcome";

const TSX = require.resolve("tsx/cjs");

/** What is probed: the cluster's endpoint, or a URL that needs no certificate. */
type Probed = string | undefined;

/**
 * Probes the endpoint, or another URL, at 20 new connections a second for so many seconds; `act` runs after the first
 * three of them.
 */
export async function probing(act: () => Promise<void>, seconds: number, url?: Probed): Promise<Outcome> {
  const probe = startProbe(seconds, url);
  await new Promise(resolve => setTimeout(resolve, 3000));
  await act();
  return outcomeOf(probe);
}

/** The same for as long as `act` takes, at most `longest` seconds, and three seconds before and after it. */
export async function probingThroughout(
  act: () => Promise<void>,
  { url, longest = LONGEST_ACT }: { readonly url?: Probed; readonly longest?: number } = {},
): Promise<Outcome> {
  const probe = startProbe(longest, url);
  try {
    await new Promise(resolve => setTimeout(resolve, 3000));
    await act();
    await new Promise(resolve => setTimeout(resolve, 3000));
  } finally {
    // `ip netns exec` replaces itself with the probe, so the probe gets the signal and prints what it has.
    probe.kill("SIGTERM");
  }
  return outcomeOf(probe);
}

/** The most seconds for which a client outside goes on while something is done. */
export const LONGEST_ACT = 900;

function startProbe(seconds: number, url: Probed): execa.ExecaChildProcess {
  const files = operatorFiles();
  if (files === undefined) throw new Error("there is no cluster to probe");
  return execa(
    "ip",
    inOps([
      process.execPath,
      "--require",
      TSX,
      path.join(REPOSITORY, "bench/probe/main.ts"),
      url ?? `https://${files.address}:${files.port}/livez`,
      "20",
      String(seconds),
      ...(url === undefined ? [files.ca] : []),
    ]),
    { stdin: "ignore" },
  );
}

const outcomeOf = async (probe: execa.ExecaChildProcess): Promise<Outcome> =>
  JSON.parse((await probe).stdout) as Outcome;
