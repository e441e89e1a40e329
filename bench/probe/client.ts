import * as http from "node:http";
import * as https from "node:https";
import { setTimeout as pause } from "node:timers/promises";
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

export interface Request {
  readonly body?: object;
  readonly signal?: AbortSignal;
}

/** Milliseconds that one attempt may take; what takes longer hangs on a connection whose server is gone. */
const ATTEMPT = 15_000;
/** Milliseconds between two attempts. */
const PAUSE = 500;

/** Talks JSON to one API server over connections that it keeps. */
export class Client {
  private readonly agent: http.Agent;

  /** @param patience milliseconds for which a request is made again while it gets no answer, or one of a server that is starting */
  constructor(
    private readonly target: Target,
    private readonly patience = 60_000,
  ) {
    const Agent = target.server.protocol === "http:" ? http.Agent : https.Agent;
    this.agent = new Agent({ keepAlive: true });
  }

  /** @throws {ApiError} for a refusal; Error naming the server for no answer within the patience */
  async request<T>(method: string, path: string, request: Request = {}): Promise<T> {
    const deadline = Date.now() + this.patience;
    for (;;) {
      try {
        return (await this.attempt(method, path, request)) as T;
      } catch (error) {
        request.signal?.throwIfAborted();
        if (error instanceof ApiError && error.status < 500 && error.status !== 429) throw error;
        if (Date.now() + PAUSE > deadline)
          throw error instanceof ApiError
            ? error
            : new Error(`${this.target.server.origin}: ${String(error)}`, { cause: error });
      }
      await pause(PAUSE, undefined, { signal: request.signal });
    }
  }

  private attempt(method: string, path: string, { body, signal }: Request): Promise<unknown> {
    const { server, ca, certificate, key } = this.target;
    const text = body === undefined ? "" : JSON.stringify(body);
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
    const send = server.protocol === "http:" ? http.request : https.request;
    return new Promise((resolve, reject) => {
      const options = { method, agent: this.agent, signal, timeout: ATTEMPT, ca, cert: certificate, key, headers };
      const request = send(new URL(path, server), options, response => {
        const chunks: Buffer[] = [];
        response.on("error", reject);
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          try {
            resolve(answerOf(response.statusCode ?? 0, Buffer.concat(chunks).toString()));
          } catch (error) {
            reject(error as Error);
          }
        });
      });
      request.on("timeout", () => request.destroy(new Error(`no answer within ${ATTEMPT / 1000} s`)));
      request.on("error", reject);
      request.end(text);
    });
  }
}

/** @throws {ApiError} unless the answer is good and whole */
function answerOf(status: number, text: string): unknown {
  if (status >= 200 && status < 300) return JSON.parse(text);
  throw new ApiError(status, `HTTP ${status}: ${text.slice(0, 300)}`);
}
