import type { ConnectConfig } from "ssh2";

/** `connection` of a remote resource, and the shape of its `proxy`. */
export interface Connection {
  readonly host: string;
  readonly port?: number;
  readonly user?: string;
  readonly password?: string;
  readonly privateKey?: string;
  readonly privateKeyPassword?: string;
  readonly agentSocketPath?: string;
  /** `ssh-ed25519 AAAA...`, the only key the server may show. Unset: any key will do. */
  readonly hostKey?: string;
  /** Failed dials that are borne; -1: any number. @default 10 */
  readonly dialErrorLimit?: number;
  /** Seconds for one dial, 0: no limit. @default 15 */
  readonly perDialTimeout?: number;
  readonly proxy?: Connection;
}

export const addressOf = (connection: Connection): string => `${connection.host}:${connection.port ?? 22}`;

/** A dial that no repetition will help: a wrong host key, a private key that cannot be read. */
export class HopelessDial extends Error {}

/** The settings of ssh2 for a connection. */
export function settingsOf(connection: Connection): ConnectConfig {
  const agent = connection.agentSocketPath ?? process.env.SSH_AUTH_SOCK;
  return {
    host: connection.host,
    port: connection.port ?? 22,
    username: connection.user ?? "root",
    readyTimeout: (connection.perDialTimeout ?? 15) * 1000,
    // A machine that loses power says nothing: after a minute without answers the connection counts as lost.
    keepaliveInterval: 10_000,
    keepaliveCountMax: 6,
    ...(connection.privateKey ? { privateKey: connection.privateKey, passphrase: connection.privateKeyPassword } : {}),
    ...(connection.password ? { password: connection.password } : {}),
    ...(agent ? { agent } : {}),
    ...(connection.hostKey ? pinned(connection.hostKey, connection) : {}),
  };
}

function pinned(hostKey: string, connection: Connection): Pick<ConnectConfig, "algorithms" | "hostVerifier"> {
  const [type = "", encoded = ""] = hostKey.trim().split(/\s+/);
  const key = Buffer.from(encoded, "base64");
  // The blob starts with its own type, so a key that was cut or mixed up is seen before any dial.
  if (key.subarray(4, 4 + type.length).toString() !== type || type === "") {
    throw new HopelessDial(
      `connection.hostKey for ${addressOf(connection)}: expected "<type> <base64>" as in a known_hosts file, e.g. "ssh-ed25519 AAAA...", found ${JSON.stringify(hostKey.slice(0, 40))}`,
    );
  }
  const algorithms = type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"] : [type];
  return {
    // Servers hold keys of several types and offer the one they prefer: ask for the pinned one.
    algorithms: { serverHostKey: algorithms } as ConnectConfig["algorithms"],
    hostVerifier: (offered: Buffer) => offered.equals(key),
  };
}
