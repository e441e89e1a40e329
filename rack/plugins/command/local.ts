import { spawn } from "node:child_process";
import type { Call } from "../provider";
import { Collector, type Output } from "./output";
import type { CommandInputs } from "./resource";

/** Runs a command of a `local.Command` on this machine, by default in `/bin/sh -c`. */
export async function runLocal(
  call: Call,
  inputs: CommandInputs,
  command: string,
  environment: Record<string, string>,
): Promise<Output> {
  const [shell = "/bin/sh", ...flags] = inputs.interpreter ?? ["/bin/sh", "-c"];
  call.signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const output = new Collector(call, inputs.logging);
    // A group of its own: cancelling ends what the shell started as well.
    const child = spawn(shell, [...flags, command], {
      cwd: inputs.dir,
      env: { ...process.env, ...environment },
      detached: true,
    });
    const abort = () => {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
    };
    call.signal.addEventListener("abort", abort, { once: true });
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => output.add("stdout", chunk));
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => output.add("stderr", chunk));
    child.on("error", error => reject(new Error(`${error.message}: running ${JSON.stringify(command)}:\n`)));
    child.on("close", (code, signal) => {
      call.signal.removeEventListener("abort", abort);
      if (call.signal.aborted) return reject(call.signal.reason);
      if (output.wedged) return;
      try {
        resolve(
          output.end(command, signal === null ? (code === 0 ? undefined : `exit status ${code}`) : `signal: ${signal}`),
        );
      } catch (failure) {
        reject(failure);
      }
    });
    // A command need not read its input to the end.
    child.stdin.on("error", () => undefined);
    child.stdin.end(inputs.stdin ?? "");
  });
}
