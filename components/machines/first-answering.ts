import net from "node:net";

/** Where a machine's SSH server is. */
export interface Door {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Behind a bastion: nobody can look from here. */
  readonly hidden: boolean;
}

/** One of the doors. */
export interface Choice {
  readonly index: number;
  /** Why each door that was looked at was passed over; empty when the choice is good. */
  readonly silent: readonly string[];
}

/** Resolves with nothing when an SSH server answers at the door, and else with the reason. */
export type Look = (door: Door) => Promise<string | undefined>;

/** Seconds for an SSH server to say that it is one. */
const PATIENCE = 5;

/** Bytes in which an SSH server says so, and bytes that are shown of who says something else. */
const LONGEST = 4096;
const QUOTE = 60;

/** Seconds for which a look counts for the next one too. */
const FRESH = 10;

/**
 * The first door of an order at which an SSH server answers; all are looked at side by side, so that dead machines
 * cost their time once. The order begins at `turn`, modulo their number: whoever asks by turns spreads over all that
 * are alive. Doors behind a bastion come last and are taken untried. Where nobody answers, the choice is the turn's
 * and says why.
 */
export async function firstAlive(doors: readonly Door[], turn: number, look: Look): Promise<Choice> {
  const order = doors.map((_, i) => (turn + i) % doors.length);
  const answers = doors.map(async door => (door.hidden ? undefined : look(door)));
  const silent: string[] = [];
  for (const index of order) {
    const door = doors[index];
    if (door === undefined || door.hidden) continue;
    const reason = await answers[index];
    if (reason === undefined) return { index, silent: [] };
    silent.push(`${door.name} at ${door.host} port ${door.port}: ${reason}`);
  }
  const untried = order.find(index => doors[index]?.hidden);
  return untried === undefined ? { index: turn % doors.length, silent } : { index: untried, silent: [] };
}

/**
 * Connects and waits for the server's first line. A machine that hangs may well accept a connection still: its kernel
 * does, without anyone behind it.
 */
export function sshAnswers(
  { host, port }: Pick<Door, "host" | "port">,
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
export const network: { look: Look } = { look: door => sshAnswers(door) };

/**
 * Looks that are shared for a while: were each of many workers to look for itself, sshd would take the connections
 * that say nothing for an attack (PerSourcePenalties) and turn the next ones away.
 */
export function sharedLook(look: Look, seconds: number = FRESH): Look {
  const looks = new Map<string, { readonly until: number; readonly answer: Promise<string | undefined> }>();
  return door => {
    const key = `${door.host} ${door.port}`;
    const last = looks.get(key);
    if (last !== undefined && Date.now() < last.until) return last.answer;
    const answer = look(door);
    looks.set(key, { until: Date.now() + seconds * 1000, answer });
    return answer;
  };
}
