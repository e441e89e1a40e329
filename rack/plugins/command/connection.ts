import { isObject, isSecret, type Properties, secret, type Value } from "../wire";

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
  /** Seconds for the TCP connection of one dial, 0: no limit. The SSH handshake has none. @default 15 */
  readonly perDialTimeout?: number;
  readonly proxy?: Connection;
}

export const DEFAULTS = { user: "root", port: 22, dialErrorLimit: 10, perDialTimeout: 15 } as const;

export const addressOf = ({ host, port = DEFAULTS.port }: Connection): string => `${host}:${port}`;

/** The inputs with the connection's defaults, which the plugin writes into them and the state keeps. */
export function withDefaults(inputs: Properties): Properties {
  return inputs.connection === undefined ? inputs : { ...inputs, connection: completed(inputs.connection) };
}

function completed(connection: Value): Value {
  if (!isObject(connection)) return connection;
  if (isSecret(connection)) return secret(completed(connection.value ?? null));
  const { proxy } = connection;
  return { ...DEFAULTS, ...connection, ...(proxy === undefined ? {} : { proxy: completed(proxy) }) };
}
