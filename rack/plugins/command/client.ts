import * as net from "node:net";
import type { Duplex } from "node:stream";
import { Client, type ConnectConfig, utils } from "ssh2";
import { addressOf, type Connection, DEFAULTS } from "./connection";

/** How a client shows itself and knows its server. Read once for all dials: what is wrong with it, no dial mends. */
export type Credentials = Pick<
  ConnectConfig,
  "username" | "privateKey" | "passphrase" | "password" | "agent" | "algorithms" | "hostVerifier"
>;

/** @throws Error for a key that cannot be read, and for an agent's socket that no agent listens at. */
export async function credentialsOf(connection: Connection): Promise<Credentials> {
  const { privateKey, privateKeyPassword, password, hostKey } = connection;
  if (privateKey !== undefined && utils.parseKey(privateKey, privateKeyPassword) instanceof Error)
    throw new Error("ssh: no key found");
  const known = hostKey === undefined ? {} : pinned(hostKey);
  // The agent is dialled whenever there is a socket, also beside a private key.
  const agent = connection.agentSocketPath ?? (process.env.SSH_AUTH_SOCK || undefined);
  if (agent !== undefined) await refuseStale(agent);
  return {
    username: connection.user ?? DEFAULTS.user,
    ...(privateKey === undefined ? {} : { privateKey, passphrase: privateKeyPassword }),
    ...(password === undefined ? {} : { password }),
    ...(agent === undefined ? {} : { agent }),
    ...known,
  };
}

/** The pinned key's own name is the only algorithm that is offered: `ssh-rsa` for RSA, which today's servers refuse. */
function pinned(hostKey: string): Pick<Credentials, "algorithms" | "hostVerifier"> {
  const [type = "", encoded = ""] = hostKey.trim().split(/\s+/);
  const key = Buffer.from(encoded, "base64");
  if (type === "" || key.subarray(4, 4 + type.length).toString() !== type)
    throw new Error("failed to parse host key: ssh: no key found");
  return {
    algorithms: { serverHostKey: [type] } as ConnectConfig["algorithms"],
    hostVerifier: (offered: Buffer) => offered.equals(key),
  };
}

const refuseStale = (socketPath: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = net.connect(socketPath, () => {
      socket.destroy();
      resolve();
    });
    socket.once("error", error => reject(new Error(`dial unix ${socketPath}: ${error.message}`)));
  });

/**
 * Milliseconds of silence after which the kernel begins to ask whether a connection is still there. Go's kernel settings
 * (every 15 s, nine times) end one whose packets are dropped after 151 s; Node's ask ten times, a second apart.
 */
const SILENCE = 141_000;

/** Only this part of a dial has a time-out. */
export const tcp = (connection: Connection): Promise<net.Socket> =>
  new Promise((resolve, reject) => {
    const { host, port = DEFAULTS.port, perDialTimeout = DEFAULTS.perDialTimeout } = connection;
    const failed = (reason: string) => {
      clearTimeout(alarm);
      socket.destroy();
      reject(new Error(`dial tcp ${addressOf(connection)}: ${reason}`));
    };
    const socket = net.connect({ host, port, keepAlive: true, keepAliveInitialDelay: SILENCE });
    const alarm = perDialTimeout > 0 ? setTimeout(() => failed("i/o timeout"), perDialTimeout * 1000) : undefined;
    socket.once("error", error => failed(`connect: ${error.message}`));
    socket.once("connect", () => {
      clearTimeout(alarm);
      socket.removeAllListeners("error");
      resolve(socket);
    });
  });

/** What a failed handshake has closed; a channel of ssh2 does not tell. */
const CLOSED = new WeakSet<Duplex>();

/** SSH over a connection that stands. A server that says nothing is waited for without end, as by the real plugin. */
export const handshake = (credentials: Credentials, sock: Duplex): Promise<Client> =>
  new Promise((resolve, reject) => {
    const failed = (reason: string) => {
      CLOSED.add(sock);
      sock.destroy();
      reject(new Error(`ssh: handshake failed: ${reason}`));
    };
    if (CLOSED.has(sock)) return failed("EOF");
    const client = new Client();
    let mismatch = false;
    const verify = credentials.hostVerifier as ((key: Buffer) => boolean) | undefined;
    client.once("ready", () => resolve(client));
    client.on("error", error => failed(mismatch ? "ssh: host key mismatch" : error.message));
    client.on("close", () => failed("EOF"));
    client.connect({
      ...credentials,
      ...(verify === undefined ? {} : { hostVerifier: (key: Buffer) => !(mismatch = !verify(key)) }),
      sock,
      readyTimeout: 0,
    });
  });
