import net from "node:net";

/** Where a machine's SSH server is. */
export interface SshServer {
  /** The machine's name. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Whether only a bastion gets there, so that this program cannot ask. */
  readonly behindBastion: boolean;
}

/** One SSH server of a list. */
export interface Choice {
  readonly index: number;
  /** Why each server that was asked is unreachable; empty when the choice is good. */
  readonly unreachable: readonly string[];
}

/** Asks an SSH server: resolves with nothing when it answers, and else with the reason against it. */
export type Ask = (server: SshServer) => Promise<string | undefined>;

/** Seconds for an SSH server to say that it is one. */
const PATIENCE = 5;

/** Bytes in which an SSH server says so, and bytes that are shown of anything else that answers. */
const LONGEST = 4096;
const QUOTE = 60;

/** Seconds for which an answer counts for the next question too. */
const FRESH = 10;

/**
 * The first reachable server of an order; all are asked side by side, so that unreachable machines cost their time
 * once. The order begins at `turn`, modulo their number: callers that count their turns up are spread over all that
 * are reachable. Servers behind a bastion come last and are taken without being asked. Where none is reachable, the
 * choice is the turn's and says why.
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
 * The reason why no SSH server answers; undefined where one does. It connects and waits for the server's first line:
 * the kernel of a machine that hangs still accepts connections, with no program behind them.
 */
export function sshProblem(
  { host, port }: Pick<SshServer, "host" | "port">,
  patience: number = PATIENCE,
): Promise<string | undefined> {
  return new Promise(resolve => {
    let heard = "";
    const socket = net.connect({ host, port });
    const end = (reason?: string) => {
      clearTimeout(alarm);
      socket.destroy();
      resolve(reason);
    };
    const words = () => (heard === "" ? "" : `, but ${JSON.stringify(heard.slice(0, QUOTE).trimEnd())}`);
    const alarm = setTimeout(() => end(`no SSH server within ${patience} s${words()}`), patience * 1000);
    socket.on("data", (chunk: Buffer) => {
      heard += chunk.toString("latin1");
      // Other lines may stand in front of it (RFC 4253, 4.2).
      if (/^SSH-/m.test(heard)) end();
      else if (heard.length > LONGEST) end(`no SSH server${words()}`);
    });
    socket.on("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    socket.on("close", () => end(`hung up${words()}`));
  });
}

/** What this program itself does on the network; tests put something else in its place. */
export const network: { ask: Ask } = { ask: server => sshProblem(server) };

/**
 * Shares answers for a while: were each of many workers to ask for itself, sshd would take the connections that say
 * nothing for an attack (PerSourcePenalties) and turn the next ones away.
 */
export function shared(ask: Ask, seconds: number = FRESH): Ask {
  const asked = new Map<string, { readonly until: number; readonly answer: Promise<string | undefined> }>();
  return server => {
    const key = `${server.host} ${server.port}`;
    const last = asked.get(key);
    if (last !== undefined && Date.now() < last.until) return last.answer;
    const answer = ask(server);
    asked.set(key, { until: Date.now() + seconds * 1000, answer });
    return answer;
  };
}
