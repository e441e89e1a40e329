import * as http from "node:http";
import * as https from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import type { Properties } from "../wire";
import type { Target } from "./kubeconfig";

/** The API server's answer was no. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** No answer from the API server, for as long as we were patient. */
export class Unreachable extends Error {}

export interface Request {
  readonly body?: Properties;
  /** @default "application/json" */
  readonly contentType?: string;
  readonly signal?: AbortSignal;
}

/** One attempt: a webhook may take 10 s; what takes longer hangs on a connection whose server is gone. */
const ATTEMPT_MS = 15_000;
/** More than one attempt and the longest pause take. */
const SEPARATE_OUTAGES_MS = 30_000;

/**
 * Talks to one API server. Its address may be virtual and move, and the server behind it may restart while
 * control-plane machines are changed: failures that a moment can heal are tried again, up to `patienceMs` after
 * the first of them. Every call here may safely be repeated.
 */
export class Client {
  private readonly agent: http.Agent;
  /** The outage that is going on: calls side by side share one stretch of patience. */
  private outage: { readonly since: number; last: number } | undefined;

  constructor(
    readonly target: Target,
    private readonly patienceMs = 60_000,
  ) {
    const Agent = target.server.protocol === "http:" ? http.Agent : https.Agent;
    this.agent = new Agent({ keepAlive: true, maxSockets: 16 });
  }

  /** @throws {ApiError} for a refusal, {Unreachable} for no answer. `patienceMs` may shorten the client's own patience. */
  async request<T>(method: string, path: string, request: Request = {}, patienceMs = Infinity): Promise<T> {
    const patience = Math.min(patienceMs, this.patienceMs);
    for (let pause = 250; ; pause = Math.min(pause * 1.5, 3000)) {
      request.signal?.throwIfAborted();
      try {
        const answer = await this.attempt(method, path, request);
        this.outage = undefined;
        return answer as T;
      } catch (error) {
        request.signal?.throwIfAborted();
        if (!isPassing(error)) throw error;
        if (Date.now() + pause > this.noteFailure() + patience) throw this.explained(error);
      }
      await delay(pause, undefined, { signal: request.signal }).catch(() => request.signal?.throwIfAborted());
    }
  }

  /** Since when it fails. A failure long after the one before is another outage, with patience of its own. */
  private noteFailure(): number {
    const now = Date.now();
    if (this.outage === undefined || now - this.outage.last > SEPARATE_OUTAGES_MS)
      this.outage = { since: now, last: now };
    this.outage.last = now;
    return this.outage.since;
  }

  private explained(error: unknown): unknown {
    if (error instanceof ApiError) return error;
    const seconds = Math.round((Date.now() - (this.outage?.since ?? Date.now())) / 1000);
    const reason = error instanceof Error ? error.message : String(error);
    return new Unreachable(
      `no answer from the Kubernetes API at ${this.target.server.origin} for ${seconds} s: ${reason}. Is the cluster up, and its endpoint announced?`,
    );
  }

  private attempt(method: string, path: string, { body, contentType = "application/json", signal }: Request) {
    const { target } = this;
    const text = body === undefined ? undefined : JSON.stringify(body);
    const send = target.server.protocol === "http:" ? http.request : https.request;
    return new Promise<unknown>((resolve, reject) => {
      const request = send(
        new URL(path, target.server),
        {
          method,
          agent: this.agent,
          signal,
          timeout: ATTEMPT_MS,
          ca: target.ca,
          cert: target.certificate,
          key: target.key,
          servername: target.serverName,
          rejectUnauthorized: !target.insecure,
          headers: {
            accept: "application/json",
            ...(target.token ? { authorization: `Bearer ${target.token}` } : {}),
            // Node leaves the length out for a DELETE, and the server then reads no body.
            ...(text === undefined ? {} : { "content-type": contentType, "content-length": Buffer.byteLength(text) }),
          },
        },
        response => {
          const chunks: Buffer[] = [];
          response.on("error", reject);
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("end", () =>
            answered(response.statusCode ?? 0, Buffer.concat(chunks).toString(), resolve, reject),
          );
        },
      );
      request.on("timeout", () => request.destroy(new Timeout(`no answer within ${ATTEMPT_MS / 1000} s`)));
      request.on("error", reject);
      request.end(text);
    });
  }
}

function answered(
  status: number,
  text: string,
  resolve: (answer: unknown) => void,
  reject: (error: Error) => void,
): void {
  const answer = parsed(text);
  if (status >= 200 && status < 300 && answer !== undefined) return resolve(answer);
  reject(new ApiError(status, String(answer?.message ?? (text.slice(0, 300) || `HTTP ${status} without a text`))));
}

function parsed(text: string): Properties | undefined {
  try {
    return JSON.parse(text) as Properties;
  } catch {
    return undefined; // A proxy's page, or an answer that was cut off.
  }
}

class Timeout extends Error {
  readonly code = "ETIMEDOUT";
}

const PASSING = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
  "EPIPE",
  "EHOSTDOWN",
]);

/** Whether a moment can heal it: a connection that failed, a server that is starting, electing or overloaded. */
function isPassing(error: unknown): boolean {
  if (error instanceof ApiError) return error.status >= 500 || error.status === 429;
  return error instanceof Error && "code" in error && PASSING.has(String(error.code));
}
