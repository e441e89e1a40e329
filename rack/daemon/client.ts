import * as http from "node:http";
import { CONTROL_SOCKET } from "../topology";
import type { RackState } from "./state";

/** A request to the rack's daemon over its control socket. */
function call(method: string, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = http.request({ socketPath: CONTROL_SOCKET, method, path }, response => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk)).on("end", () => {
        const answer = JSON.parse(body) as { message?: string };
        if ((response.statusCode ?? 500) < 300) resolve(answer);
        else reject(new Error(answer.message ?? `the rack's daemon answered ${response.statusCode} to ${method} ${path}`));
      });
    });
    request.on("error", error => reject(new NoRack(error.message)));
    request.end();
  });
}

/** The daemon does not answer. */
export class NoRack extends Error {
  constructor(found: string) {
    super(`the rack is not up (${found}): start it with ./rackplane up`);
  }
}

export const rackState = async (): Promise<RackState> => (await call("GET", "/state")) as RackState;

export const inject = (fault: string, machine: string): Promise<unknown> =>
  call("POST", `/faults/${encodeURIComponent(fault)}/${encodeURIComponent(machine)}`);

export const heal = (fault: string, machine: string): Promise<unknown> =>
  call("DELETE", `/faults/${encodeURIComponent(fault)}/${encodeURIComponent(machine)}`);

export async function daemonAnswers(): Promise<boolean> {
  try {
    await rackState();
    return true;
  } catch (error) {
    if (error instanceof NoRack) return false;
    throw error;
  }
}
