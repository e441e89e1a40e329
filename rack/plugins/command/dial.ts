import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "ssh2";
import type { Call } from "../provider";
import { credentialsOf, handshake, tcp } from "./client";
import { type Connection, DEFAULTS } from "./connection";

/** The real plugin's pauses: from 100 ms on, half as long again each time, at most 5 s. */
const PAUSE = { first: 100, factor: 1.5, longest: 5000 };

/**
 * Dials until the server answers, as often as `dialErrorLimit` allows, whatever went wrong: a wrong host key as well. A
 * dial that hangs is not ended by a cancellation or a custom timeout; both count between two dials.
 */
export async function dial(call: Call, connection: Connection): Promise<Client> {
  const credentials = await credentialsOf(connection);
  const { proxy } = connection;
  if (proxy === undefined)
    return again(call, "Dial", connection, async () => handshake(credentials, await tcp(connection)));
  return blaming("proxy", async () => {
    const own = await credentialsOf(proxy);
    const bastion = await again(call, "Dial proxy", proxy, async () => handshake(own, await tcp(proxy)));
    const channel = await again(call, "Dial from proxy", connection, () => forward(bastion, connection));
    // Over the one channel, which the first failure closes: the further dials fail at once.
    return again(call, "Dial", connection, () => handshake(credentials, channel));
  });
}

async function again<T>(call: Call, what: string, connection: Connection, once: () => Promise<T>): Promise<T> {
  const limit = connection.dialErrorLimit ?? DEFAULTS.dialErrorLimit;
  for (let dials = 1, pause = PAUSE.first; ; dials++, pause = Math.min(pause * PAUSE.factor, PAUSE.longest)) {
    call.signal.throwIfAborted();
    try {
      return await once();
    } catch (error) {
      if (limit >= 0 && dials > limit) throw new Error(`after ${dials - 1} failed attempts: ${textOf(error)}`);
      call.log(`${what} ${dials}/${limit < 0 ? "inf" : limit} failed: retrying`, "info", true);
    }
    await delay(pause, undefined, { signal: call.signal }).catch(() => call.signal.throwIfAborted());
  }
}

const forward = (bastion: Client, { host, port = DEFAULTS.port }: Connection): Promise<Duplex> =>
  new Promise((resolve, reject) => {
    bastion.forwardOut("127.0.0.1", 0, host, port, (error, channel) => (error ? reject(error) : resolve(channel)));
  });

async function blaming<T>(what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw new Error(`${what}: ${textOf(error)}`);
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
