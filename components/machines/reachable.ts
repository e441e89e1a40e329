import net from "node:net";
import type { Duplex } from "node:stream";
import { through, type Bastion } from "./bastion";

/** Where a machine's SSH server is. */
export interface SshServer {
  /** The machine's name. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Whether only a bastion reaches the server. */
  readonly behindBastion: boolean;
  /** How this program gets through the bastion; absent where it does not ask a server behind one. */
  readonly bastion?: Bastion;
}

/** One SSH server of a list. */
export interface Choice {
  readonly index: number;
  /** Why each server that was asked is unreachable; empty when the choice is good. */
  readonly unreachable: readonly string[];
}

/** Asks an SSH server: resolves with nothing when the server answers, otherwise with the reason against it. */
export type Ask = (server: SshServer) => Promise<string | undefined>;

/** Seconds for an SSH server to say that it is one. */
const PATIENCE = 5;

/** Bytes within which an SSH server has to say that it is one, and bytes that are shown of any other answer. */
const LONGEST = 4096;
const QUOTE = 60;

/** Seconds for which an answer counts for the next question too. */
const FRESH = 10;

/**
 * The first reachable server of an order. All are asked side by side, so that the timeout of unreachable machines is
 * paid once. The order begins at `turn`, modulo the number of servers, so that callers with consecutive turns are
 * spread over all reachable servers. Servers behind a bastion come last and are taken without being asked. When no
 * server is reachable, the choice is the one at `turn` and says why.
 */
export async function firstReachable(servers: readonly SshServer[], turn: number, ask: Ask): Promise<Choice> {
  const order = servers.map((_, i) => (turn + i) % servers.length);
  const answers = servers.map(async server => (server.behindBastion ? undefined : ask(server)));
  const unreachable: string[] = [];
  for (const index of order) {
    const server = servers[index];
    if (server === undefined || server.behindBastion) continue;
    const reason = await answers[index];
    if (reason === undefined) return { index, unreachable: [] };
    unreachable.push(`${server.name} at ${server.host} port ${server.port}: ${reason}`);
  }
  const notAsked = order.find(index => servers[index]?.behindBastion);
  return notAsked === undefined ? { index: turn % servers.length, unreachable } : { index: notAsked, unreachable: [] };
}

/**
 * The reason why no SSH server answers; undefined when one does, and when a bastion turns this program's login away. A
 * connection proves too little, so the server's first line is awaited: the kernel of a machine that hangs still accepts
 * connections, with no program behind them.
 */
export async function sshProblem(
  { host, port, bastion }: Pick<SshServer, "host" | "port" | "bastion">,
  patience: number = PATIENCE,
): Promise<string | undefined> {
  if (bastion === undefined) {
    const socket = net.connect({ host, port });
    return greetingProblem(socket, patience, () => socket.destroy());
  }
  const way = await through(bastion, { host, port }, patience);
  if (way === "not for this program") return undefined;
  return "shut" in way ? way.shut : greetingProblem(way.open, patience, way.close);
}

/** The reason why the other end of a connection is no SSH server; closes the connection. */
function greetingProblem(stream: Duplex, patience: number, close: () => void): Promise<string | undefined> {
  return new Promise(resolve => {
    let heard = "";
    const end = (reason?: string) => {
      clearTimeout(alarm);
      close();
      resolve(reason);
    };
    const words = () => (heard === "" ? "" : `, but ${JSON.stringify(heard.slice(0, QUOTE).trimEnd())}`);
    const alarm = setTimeout(() => end(`no SSH server within ${patience} s${words()}`), patience * 1000);
    stream.on("data", (chunk: Buffer) => {
      heard += chunk.toString("latin1");
      // Other lines may stand in front of the version line (RFC 4253, 4.2).
      if (/^SSH-/m.test(heard)) end();
      else if (heard.length > LONGEST) end(`no SSH server${words()}`);
    });
    stream.on("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    stream.on("close", () => end(`hung up${words()}`));
  });
}

/** What this program itself does on the network; tests put something else in its place. */
export const network: { ask: Ask } = { ask: server => sshProblem(server) };

/**
 * Shares answers for a while. If each of many workers asked for itself, sshd would take these silent connections for an
 * attack (PerSourcePenalties) and turn the next ones away.
 */
export function shared(ask: Ask, seconds: number = FRESH): Ask {
  const asked = new Map<string, { readonly until: number; readonly answer: Promise<string | undefined> }>();
  return server => {
    const key = `${server.bastion?.host ?? ""} ${server.host} ${server.port}`;
    const last = asked.get(key);
    if (last !== undefined && Date.now() < last.until) return last.answer;
    const answer = ask(server);
    asked.set(key, { until: Date.now() + seconds * 1000, answer });
    return answer;
  };
}
