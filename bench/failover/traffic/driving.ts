import execa from "execa";
import * as path from "node:path";
import { inOps, operatorFiles } from "../../../rack/cli/operator";
import { REPOSITORY } from "../../../rack/cli/paths";
import { cacheDir } from "../../../rack/topology";
import type { Traffic } from "./traffic";

const TSX = require.resolve("tsx/cjs");

/** Clients outside of all machines. */
export interface Driving {
  /** Ends the clients; what they saw. @throws Error with their own words when they broke */
  end(): Promise<Traffic>;
  /** Ends them without asking. */
  kill(): void;
}

/**
 * Starts the clients of one run, in the operator's namespace.
 *
 * @param members addresses of the API servers
 * @param port of theirs
 * @param longest seconds after which they end by themselves
 */
export function drive(members: readonly string[], port: number, longest: number): Driving {
  const files = operatorFiles();
  if (files === undefined) throw new Error("there is no cluster to ask; bring one up");
  const child = execa(
    "ip",
    inOps([
      process.execPath,
      "--require",
      TSX,
      path.join(REPOSITORY, "bench/failover/traffic/main.ts"),
      files.kubeconfig,
      `failover-${Date.now()}`,
      path.join(cacheDir(), "bin", "kubectl"),
      String(longest),
      ...members.map(address => `https://${address}:${port}`),
    ]),
    // Reading back has a minute of patience.
    { stdin: "ignore", timeout: (longest + 180) * 1000, maxBuffer: 256 * 1024 * 1024 },
  );
  // Whoever ends it hears of its failure.
  child.catch(() => undefined);
  return {
    async end() {
      // `ip netns exec` replaces itself with the program, so that gets the signal.
      child.kill("SIGTERM");
      return JSON.parse((await child).stdout) as Traffic;
    },
    kill: () => void child.kill("SIGKILL"),
  };
}
