import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";

/**
 * Starts a server that is the caller's own: it ends with the caller, even when the caller is killed.
 *
 * @param netns name of the network namespace to run in; by default the caller's own
 */
export function startOwn(
  argv: readonly string[],
  {
    netns,
    stdio,
    env,
  }: { readonly netns?: string | undefined; readonly stdio: SpawnOptions["stdio"]; readonly env?: NodeJS.ProcessEnv },
): ChildProcess {
  const [program = "", ...args] = [
    ...(netns === undefined ? [] : ["nsenter", `--net=/run/netns/${netns}`]),
    ...["setpriv", "--pdeathsig", "TERM", ...argv],
  ];
  return spawn(program, args, { stdio, ...(env === undefined ? {} : { env }) });
}

/** Ends it, in order; returns when it is gone. */
export function stopOwn(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise(resolve => {
    child.once("exit", () => resolve());
    child.kill("SIGTERM");
  });
}
