import { spawn } from "node:child_process";
import * as readline from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

export interface Watching {
  /** Path of the program. */
  readonly kubectl: string;
  readonly kubeconfig: string;
  readonly namespace: string;
  readonly signal: AbortSignal;
  readonly now: () => number;
}

/** Seconds between the end of a watch and the next: client-go's reflector begins with 0.8 s (tools/cache/reflector.go, v0.34). */
const AGAIN = 0.8;

/**
 * One long watch by kubectl, which finds out about a dead server as every client of client-go does: by pings over HTTP/2,
 * after 45 s (golang.org/x/net/http2: ReadIdleTimeout 30 s, PingTimeout 15 s, as k8s.io/apimachinery sets them). Whenever
 * it ends it is begun again, until `signal`. Returns when each event arrived.
 */
export async function watchTicks({ kubectl, kubeconfig, namespace, signal, now }: Watching): Promise<number[]> {
  const arrived: number[] = [];
  while (!signal.aborted) {
    const child = spawn(
      kubectl,
      [
        "--kubeconfig",
        kubeconfig,
        "-n",
        namespace,
        "get",
        "configmap",
        "tick",
        "--watch",
        "-o",
        "jsonpath={.data.n}{'\\n'}",
      ],
      { stdio: ["ignore", "pipe", "ignore"] },
    );
    const stop = () => child.kill("SIGTERM");
    signal.addEventListener("abort", stop);
    const ended = new Promise<void>(resolve => child.once("close", () => resolve()).once("error", () => resolve()));
    readline.createInterface({ input: child.stdout }).on("line", () => arrived.push(now()));
    if (signal.aborted) stop();
    await ended;
    signal.removeEventListener("abort", stop);
    await pause(AGAIN * 1000, undefined, { signal }).catch(() => undefined);
  }
  return arrived;
}
