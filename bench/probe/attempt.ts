import * as http from "node:http";
import * as https from "node:https";
import type { Attempt } from "./outcome";

/** Seconds after which an attempt counts as failed: what a client with little patience waits. */
const PATIENCE = 1;

export interface Target {
  /** `https:` or `http:`, and the path whose answer has to be 200. */
  readonly url: string;
  /** The cluster's CA, PEM; for `https:`. */
  readonly ca?: string | Buffer;
  /** Whose connections are used. @default a connection of the attempt's own */
  readonly agent?: http.Agent;
}

/**
 * Asks once; resolves whether the attempt succeeds or fails. `at`: seconds, as in
 * `Attempt`.
 */
export function attempt({ url, ca, agent }: Target, at: number): Promise<Attempt> {
  return new Promise(resolve => {
    const { get } = url.startsWith("https:") ? https : http;
    const request = get(url, { ca, agent: agent ?? false, timeout: PATIENCE * 1000 }, response => {
      response
        .resume()
        .on("end", () => resolve({ at, result: response.statusCode === 200 ? "ok" : `http ${response.statusCode}` }));
    });
    const deadline = setTimeout(
      () => request.destroy(Object.assign(new Error("timeout"), { code: "timeout" })),
      PATIENCE * 1000,
    );
    request.on("error", (error: NodeJS.ErrnoException) => resolve({ at, result: error.code ?? error.message }));
    request.on("close", () => {
      clearTimeout(deadline);
      // A connection that is cut during the answer fails the answer, not the request. A promise that is resolved
      // already ignores this call.
      resolve({ at, result: "cut" });
    });
  });
}
