import * as https from "node:https";
import { attempt } from "../../probe/attempt";
import type { Answer } from "../record";
import { openLoop, type Clock } from "./clock";

/** New connections a second, as every suite's probe makes them. */
const NEW_RATE = 20;
/** Connections that are kept; each sends one request a second. */
const KEPT = 10;
/**
 * Seconds for which a request over a kept connection waits. A client of Kubernetes waits longer yet for a connection that
 * is dead (watching.ts); what waits so long here counts as ten seconds and is known to be more.
 */
const KEPT_PATIENCE = 10;

/** Asks over a connection of its own each time. */
export const newConnections = (
  url: string,
  ca: Buffer,
  clock: Clock,
  stop: AbortSignal,
  into: Answer[],
): Promise<void> =>
  openLoop(NEW_RATE, clock, stop, async () => {
    const sentAt = clock.now();
    const { result } = await attempt({ url, ca }, sentAt);
    into.push({ sentAt, tookSeconds: clock.now() - sentAt, answer: answerOf(result) });
  });

const answerOf = (result: string): string => (result === "ok" ? "200" : result.replace(/^http /, ""));

/**
 * Asks over ten connections by turns. Each is kept until it fails; what is due on one that waits for an answer waits with
 * it, as it does in a client with one connection.
 */
export async function keptConnections(
  url: string,
  ca: Buffer,
  clock: Clock,
  stop: AbortSignal,
  into: Answer[],
): Promise<void> {
  const agents = Array.from({ length: KEPT }, () => new https.Agent({ keepAlive: true, maxSockets: 1 }));
  try {
    await openLoop(KEPT, clock, stop, async (n, sentAt) => {
      const answer = await askOver(agents[n % KEPT] as https.Agent, url, ca);
      into.push({ sentAt, tookSeconds: Math.max(0, clock.now() - sentAt), answer });
    });
  } finally {
    for (const agent of agents) agent.destroy();
  }
}

function askOver(agent: https.Agent, url: string, ca: Buffer): Promise<string> {
  return new Promise(resolve => {
    const request = https.get(url, { agent, ca, signal: AbortSignal.timeout(KEPT_PATIENCE * 1000) }, response => {
      response.on("error", (error: NodeJS.ErrnoException) => resolve(codeOf(error)));
      response.resume().on("end", () => resolve(String(response.statusCode)));
    });
    request.on("error", (error: NodeJS.ErrnoException) => resolve(codeOf(error)));
    request.on("close", () => resolve("cut"));
  });
}

/** What went wrong, in a word. */
export const codeOf = (error: NodeJS.ErrnoException): string =>
  error.name === "TimeoutError" || error.name === "AbortError" ? "timeout" : (error.code ?? error.message);
