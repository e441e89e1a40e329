import type { Duplex } from "node:stream";
import type { Client, ConnectConfig, ServerHostKeyAlgorithm } from "ssh2";

/** How to log in to the machine in front of another one. */
export interface Bastion {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Its text; absent: the SSH agent signs. */
  readonly privateKey?: string;
  /** `<type> <base64>`; absent: any is taken, as the command plugin does. */
  readonly hostKey?: string;
}

/** What stands between this program and a machine behind a bastion. */
export type Way =
  | { readonly open: Duplex; readonly close: () => void }
  /** A reason that a later look can find gone: no connection, or silence. */
  | { readonly shut: string }
  /** The bastion turned the login away. That is for the command itself to say, which tries it in its own way. */
  | "not for this program";

/** A connection to a port behind a bastion, within `patience` seconds. */
export async function through(
  bastion: Bastion,
  { host, port }: { readonly host: string; readonly port: number },
  patience: number,
): Promise<Way> {
  // Most programs have no bastion, and a preview loads this file too.
  const { Client } = await import("ssh2");
  const client = new Client();
  const close = () => client.destroy();
  const way = await new Promise<Way>(resolve => {
    client.on("ready", () => {
      client.forwardOut("127.0.0.1", 0, host, port, (error, open) =>
        resolve(error ? { shut: `the bastion ${bastion.host} finds ${error.message}` } : { open, close }),
      );
    });
    client.on("error", (error: Error & { level?: string }) => resolve(judged(bastion, error)));
    client.on("close", () => resolve({ shut: `the bastion ${bastion.host} hung up` }));
    dial(client, bastion, patience);
  });
  if (way === "not for this program" || "shut" in way) close();
  return way;
}

function dial(client: Client, { host, port, user, privateKey, hostKey }: Bastion, patience: number): void {
  client.connect({
    host,
    port,
    username: user,
    ...(privateKey === undefined ? { agent: process.env.SSH_AUTH_SOCK } : { privateKey }),
    ...known(hostKey),
    readyTimeout: patience * 1000,
  });
}

/** A server shows the key of the kind that is asked for. */
function known(hostKey: string | undefined): Pick<ConnectConfig, "algorithms" | "hostVerifier"> {
  if (hostKey === undefined) return {};
  const [kind, key] = hostKey.split(/\s+/);
  return {
    algorithms: { serverHostKey: [kind as ServerHostKeyAlgorithm] },
    hostVerifier: (shown: Buffer) => shown.toString("base64") === key,
  };
}

/** ssh2 names the level at which a connection failed; what is none of the network's is the login's. */
function judged({ host, port }: Bastion, error: Error & { level?: string }): Way {
  if (error.level !== "client-socket" && error.level !== "client-timeout") return "not for this program";
  return { shut: `the bastion ${host} port ${port}: ${error.message}` };
}
