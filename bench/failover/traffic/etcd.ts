import * as fs from "node:fs";
import * as https from "node:https";
import { openLoop, type Clock } from "./clock";
import type { EtcdLook, MemberWord, TrafficOrder } from "./messages";

/** Looks a second. One costs a member a third of a millisecond. */
const RATE = 5;
/** Milliseconds for an answer; what hangs is silent. */
const PATIENCE = 400;

interface Status {
  readonly header: { readonly member_id: string };
  readonly leader?: string;
  readonly raftTerm: string;
}

/** Asks every member who leads, over connections that are kept. */
export async function lookingAtEtcd(
  { members, etcd }: Pick<TrafficOrder, "members" | "etcd">,
  clock: Clock,
  stop: AbortSignal,
  into: EtcdLook[],
): Promise<void> {
  if (etcd === null) return;
  const options = {
    ca: fs.readFileSync(etcd.ca),
    cert: fs.readFileSync(etcd.certificate),
    key: fs.readFileSync(etcd.key),
  };
  const agents = members.map(() => new https.Agent({ keepAlive: true, maxSockets: 2, ...options }));
  try {
    await openLoop(RATE, clock, stop, async () => {
      const at = clock.now();
      const words = await Promise.all(members.map(({ machine, url }, i) => wordOf(machine, url, agents[i])));
      into.push({ at, says: words.flatMap(word => (word === undefined ? [] : [word])) });
    });
  } finally {
    for (const agent of agents) agent.destroy();
  }
}

function wordOf(machine: string, url: string, agent: https.Agent | undefined): Promise<MemberWord | undefined> {
  return new Promise(resolve => {
    const options = { method: "POST", agent, signal: AbortSignal.timeout(PATIENCE) };
    const request = https.request(`${url}/v3/maintenance/status`, options, response => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("error", () => resolve(undefined));
      response.on("end", () => resolve(response.statusCode === 200 ? wordIn(machine, text) : undefined));
    });
    request.on("error", () => resolve(undefined));
    request.on("close", () => resolve(undefined));
    request.end("{}");
  });
}

/** Reads etcd's answer. Pure. */
export function wordIn(machine: string, text: string): MemberWord {
  const { header, leader = "0", raftTerm } = JSON.parse(text) as Status;
  return { machine, id: header.member_id, term: Number(raftTerm), leader };
}
