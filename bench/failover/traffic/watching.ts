import * as https from "node:https";
import { setTimeout as pause } from "node:timers/promises";
import { Client } from "../../probe/client";
import type { Target } from "../../probe/kubeconfig";
import type { Clock } from "./clock";
import { openLoop } from "./clock";

/** The object that is watched. */
export const TICKER = "ticker";
/** Writes of it a second. */
const TICKS = 4;
/** Milliseconds that one server has for a tick. */
const TICK_PATIENCE = 1000;
/**
 * Seconds without a byte after which a watch is given up: 30 of silence and 15 for an answer to a ping, client-go's own
 * (k8s.io/apimachinery 0.34, util/net/http.go: HTTP2_READ_IDLE_TIMEOUT_SECONDS, HTTP2_PING_TIMEOUT_SECONDS). An object
 * that is written four times a second is never silent so long.
 */
const WATCH_PATIENCE = 45;
/** Milliseconds before a watch that ended is begun again. */
const AGAIN = 100;

/**
 * Writes the watched object four times a second, at the API servers themselves: so a gap in the watch is the watch's, and
 * not the writer's. The server that answered last is asked first.
 */
export async function ticking(
  target: Target,
  servers: readonly string[],
  path: string,
  clock: Clock,
  stop: AbortSignal,
): Promise<void> {
  const clients = servers.map(server => new Client({ ...target, server: new URL(server) }, 0));
  let first = 0;
  await openLoop(TICKS, clock, stop, async n => {
    const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: TICKER }, data: { tick: String(n) } };
    const begin = first;
    for (let i = 0; i < clients.length && !stop.aborted; i++) {
      const at = (begin + i) % clients.length;
      try {
        await clients[at]?.request("PUT", `${path}/${TICKER}`, { body, signal: AbortSignal.timeout(TICK_PATIENCE) });
        return;
      } catch {
        // The next one is asked: this one may be the victim. A tick that none takes is missing in the watch, too.
        first = (at + 1) % clients.length;
      }
    }
  });
}

/** Watches the object through the VIP, and begins again where a watch ends; notes when each event arrives. */
export async function watching(
  target: Target,
  path: string,
  clock: Clock,
  stop: AbortSignal,
  into: number[],
): Promise<void> {
  while (!stop.aborted) {
    await watchOnce(target, path, stop, () => into.push(clock.now()));
    await pause(AGAIN, undefined, { signal: stop }).catch(() => undefined);
  }
}

/** One watch until it ends, however it does. */
function watchOnce(target: Target, path: string, stop: AbortSignal, onEvent: () => void): Promise<void> {
  const url = new URL(`${path}?watch=true&fieldSelector=metadata.name%3D${TICKER}&timeoutSeconds=3600`, target.server);
  return new Promise(resolve => {
    const { ca, certificate: cert, key } = target;
    const request = https.get(url, { agent: false, ca, cert, key, signal: stop }, response => {
      if (response.statusCode !== 200) {
        response.resume();
        request.destroy();
        return;
      }
      let rest = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        // The first one of a watch tells the object as it is now: a client that has it is up to date again.
        for (const _line of lines) onEvent();
      });
      response.on("error", () => undefined);
    });
    request.setTimeout(WATCH_PATIENCE * 1000, () => request.destroy());
    request.on("error", () => undefined);
    request.on("close", () => resolve());
  });
}
