import * as http from "node:http";
import { CONTROL_SOCKET } from "../topology";
import type { BalancerRequest } from "./balancer";
import type { BareRequest } from "./bare-machines";
import type { BareSession } from "./bare-sessions";
import type { RackState } from "./state";

/** A request to the rack's daemon over its control socket. */
function call(method: string, path: string, body?: object): Promise<unknown> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers =
    text === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
  return new Promise((resolve, reject) => {
    const request = http.request({ socketPath: CONTROL_SOCKET, method, path, headers }, response => {
      let body = "";
      response
        .setEncoding("utf8")
        .on("data", (chunk: string) => (body += chunk))
        .on("end", () => {
          const answer = JSON.parse(body) as { message?: string };
          if ((response.statusCode ?? 500) < 300) resolve(answer);
          else
            reject(
              new Error(answer.message ?? `the rack's daemon answered ${response.statusCode} to ${method} ${path}`),
            );
        });
    });
    request.on("error", error => reject(new NoRack(error.message)));
    request.end(text);
  });
}

/** The daemon does not answer. */
export class NoRack extends Error {
  constructor(found: string) {
    super(`the rack is not up (${found}): start it with ./rackplane up`);
  }
}

export const rackState = async (): Promise<RackState> => (await call("GET", "/state")) as RackState;

const faultAt = (fault: string, target: string, step = "") =>
  `/faults/${encodeURIComponent(fault)}/${encodeURIComponent(target)}${step}`;

/** @param target a machine, or `switch-a` or `switch-b` */
export const inject = (fault: string, target: string): Promise<unknown> => call("POST", faultAt(fault, target));

export const heal = (fault: string, target: string): Promise<unknown> => call("DELETE", faultAt(fault, target));

/** Puts there what a fault needs before it can happen. */
export const prepareFault = (fault: string, target: string): Promise<unknown> =>
  call("POST", faultAt(fault, target, "/prepare"));

/** Takes that away. */
export const tidyFault = (fault: string, target: string): Promise<unknown> =>
  call("POST", faultAt(fault, target, "/tidy"));

/** Whether nothing is left of a fault, as far as it can be asked. */
export const faultOver = async (fault: string, target: string): Promise<boolean> =>
  ((await call("GET", faultAt(fault, target, "/over"))) as { over: boolean }).over;

/** A machine that exists is there from now on; its SSH host key. */
export const bareMachine = async (machine: BareRequest): Promise<string> =>
  ((await call("POST", "/bare", machine)) as { hostKey: string }).hostKey;

/** Tells the person who runs the switches of a machine that will speak BGP. */
export const bareSession = (session: BareSession): Promise<unknown> => call("POST", "/bare-sessions", session);

/** Asks the person who runs the balancer for one. */
export const balancer = (wanted: BalancerRequest): Promise<unknown> => call("PUT", "/balancer", wanted);

/** Asks the person who runs the store for backups for one. */
export const s3Store = (): Promise<unknown> => call("PUT", "/s3-store", {});

export async function daemonAnswers(): Promise<boolean> {
  try {
    await rackState();
    return true;
  } catch (error) {
    if (error instanceof NoRack) return false;
    throw error;
  }
}
