import * as https from "node:https";
import type { MachineReport, OutsideReport } from "./report";

/** Connections, each a new one: with a VIP on several machines they take different ways. */
const CONNECTIONS = 5;
/** Seconds for each. */
const PATIENCE = 5;

/** Asks the endpoint from here, with the CA that the machines have; undefined when no machine told one. */
export async function askEndpoint(
  machines: readonly MachineReport[],
  skip?: string,
): Promise<OutsideReport | undefined> {
  const seen = machines.map(machine => machine.seen).find(each => each?.ca && each.vip !== "");
  if (!seen?.ca) return undefined;
  const url = `https://${seen.vip}:${seen.port}`;
  if (skip !== undefined) return { url, skipped: skip, asked: 0, failures: [] };
  const { ca } = seen;
  const answers = await Promise.all(Array.from({ length: CONNECTIONS }, () => failureOf(`${url}/livez`, ca)));
  return { url, asked: CONNECTIONS, failures: answers.filter(answer => answer !== undefined) };
}

/** Why a request failed; undefined when the endpoint answered. A refusal to a stranger (401, 403) is an answer. */
function failureOf(url: string, ca: string): Promise<string | undefined> {
  return new Promise(resolve => {
    const request = https.get(url, { ca, agent: false, timeout: PATIENCE * 1000 }, response => {
      response.resume();
      const status = response.statusCode ?? 0;
      resolve(status === 200 || status === 401 || status === 403 ? undefined : `HTTP status ${status}`);
    });
    request.on("timeout", () => request.destroy(new Error(`no answer within ${PATIENCE} s`)));
    request.on("error", (error: NodeJS.ErrnoException) =>
      resolve(error.message.replace(/\s+/g, " ").trim() || (error.code ?? "failed")),
    );
  });
}
