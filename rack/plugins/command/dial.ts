import { setTimeout as delay } from "node:timers/promises";
import type { Readable } from "node:stream";
import { Client } from "ssh2";
import type { Call } from "../provider";
import { addressOf, type Connection, HopelessDial, settingsOf } from "./connection";

/** An open SSH connection. Ending it ends the proxy's as well. */
export interface Session {
  readonly client: Client;
  close(): void;
}

/** The real plugin's pauses: from 100 ms on, half as long again each time, at most 5 s. */
const PAUSE = { first: 100, factor: 1.5, longest: 5000 };

/** Dials until the server answers, as often as `dialErrorLimit` allows. */
export async function dial(call: Call, connection: Connection): Promise<Session> {
  const limit = connection.dialErrorLimit ?? 10;
  for (let failures = 1, pause = PAUSE.first; ; failures++, pause = Math.min(pause * PAUSE.factor, PAUSE.longest)) {
    try {
      return await dialOnce(call.signal, connection);
    } catch (error) {
      call.signal.throwIfAborted();
      if (error instanceof HopelessDial) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      if (limit >= 0 && failures > limit) {
        throw new Error(
          `ssh: no connection to ${addressOf(connection)} after ${failures} dials (dialErrorLimit ${limit}): ${reason}`,
        );
      }
      call.log(
        `dial ${failures}/${limit < 0 ? "inf" : limit} to ${addressOf(connection)} failed: ${reason}; retrying`,
        "info",
        true,
      );
    }
    await delay(pause, undefined, { signal: call.signal }).catch(() => call.signal.throwIfAborted());
  }
}

async function dialOnce(signal: AbortSignal, connection: Connection): Promise<Session> {
  if (!connection.proxy?.host) {
    const client = await connect(signal, connection);
    return { client, close: () => client.end() };
  }
  const proxy = await connect(signal, connection.proxy);
  try {
    const client = await connect(signal, connection, await forward(proxy, connection));
    return { client, close: () => void (client.end(), proxy.end()) };
  } catch (error) {
    proxy.end();
    throw error;
  }
}

const forward = (proxy: Client, { host, port = 22 }: Connection): Promise<Readable> =>
  new Promise((resolve, reject) => {
    proxy.forwardOut("127.0.0.1", 0, host, port, (error, channel) => (error ? reject(error) : resolve(channel)));
  });

function connect(signal: AbortSignal, connection: Connection, sock?: Readable): Promise<Client> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    let refused = false;
    const settings = settingsOf(connection);
    const { hostVerifier } = settings;
    if (hostVerifier !== undefined) {
      const accepts = hostVerifier as (key: Buffer) => boolean;
      settings.hostVerifier = (key: Buffer) => !(refused = !accepts(key));
    }
    const abort = () => {
      client.destroy();
      reject(signal.reason);
    };
    const settle = () => signal.removeEventListener("abort", abort);
    signal.throwIfAborted();
    signal.addEventListener("abort", abort, { once: true });
    client.on("ready", () => (settle(), resolve(client)));
    client.on("error", error => (settle(), reject(refused ? wrongKey(connection) : explained(error, connection))));
    client.on("close", () => (settle(), reject(new Error("the server closed the connection during the handshake"))));
    try {
      client.connect({ ...settings, sock });
    } catch (error) {
      settle();
      // ssh2 throws for settings that it cannot use; its text names the setting, not its value.
      reject(
        new HopelessDial(
          `ssh: connection to ${addressOf(connection)}: ${error instanceof Error ? error.message : error}`,
        ),
      );
    }
  });
}

const wrongKey = (connection: Connection) =>
  new HopelessDial(
    `ssh: host key mismatch: ${addressOf(connection)} shows another key than connection.hostKey. Is it another machine, or was it installed anew? Pin the new key if you trust it.`,
  );

function explained(error: Error, connection: Connection): Error {
  if (connection.hostKey === undefined || !/no matching host key format/i.test(error.message)) return error;
  const type = connection.hostKey.trim().split(/\s+/, 1)[0];
  return new HopelessDial(
    `ssh: ${addressOf(connection)} has no host key of type ${type}, the type of connection.hostKey`,
  );
}
