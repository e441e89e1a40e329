import * as net from "node:net";
import { type Connection, Server, type ServerChannel, utils } from "ssh2";
import { ed25519Pair } from "../../../bench/impostor/host-key";
import { serveFiles } from "./plugins-sftp.fakes";

/** One command as the server saw it. */
export interface Ran {
  readonly command: string;
  readonly stdin: string;
  readonly environment: Record<string, string>;
}

/** What the server does with a command. Settles when the command has ended. */
export type Behaviour = (ran: Ran, channel: ServerChannel, connection: Connection) => void;

export interface SshServer {
  readonly port: number;
  /** The server's ed25519 key as `ssh-ed25519 AAAA...`. */
  readonly hostKey: string;
  readonly ran: Ran[];
  /** Files that were copied to it, by path. */
  readonly files: Map<string, string>;
  /** Connections that are open. */
  connections(): number;
  /** Connections that it made for clients since it began. */
  forwarded(): number;
  behave(behaviour: Behaviour): void;
  close(): Promise<void>;
}

const exitWell: Behaviour = (_ran, channel) => reply(channel, {});

/** Ends a command. */
export function reply(channel: ServerChannel, { stdout = "", stderr = "", code = 0 }): void {
  channel.write(stdout);
  channel.stderr.write(stderr);
  channel.exit(code);
  channel.end();
}

/** An SSH server on loopback that lets everyone in and forwards connections. It holds an ECDSA key, too, as real ones do. */
export async function sshServer(port = 0): Promise<SshServer> {
  const ed25519 = ed25519Pair();
  const ecdsa = utils.generateKeyPairSync("ecdsa", { bits: 256 });
  const ran: Ran[] = [];
  const files = new Map<string, string>();
  const connections = new Set<Connection>();
  let behaviour = exitWell;
  let forwarded = 0;
  const server = new Server({ hostKeys: [ecdsa.private, ed25519.private] }, connection => {
    connections.add(connection);
    connection.on("error", () => undefined);
    connection.on("close", () => connections.delete(connection));
    connection.on("authentication", attempt => attempt.accept());
    connection.on("tcpip", (accept, _reject, { destIP, destPort }) => {
      forwarded++;
      const channel = accept();
      const socket = net.connect(destPort, destIP);
      channel.on("error", () => undefined);
      socket.on("error", () => channel.close());
      channel.pipe(socket).pipe(channel);
    });
    connection.on("session", accept => {
      const session = accept();
      const environment: Record<string, string> = {};
      session.on(
        "env",
        (_accept, _reject, info: { key: string; val: string }) => void (environment[info.key] = info.val),
      );
      session.on("sftp", acceptSftp => serveFiles(acceptSftp(), files));
      session.on("exec", (acceptExec, _reject, { command }) => {
        const channel = acceptExec();
        let stdin = "";
        channel.on("error", () => undefined);
        channel.setEncoding("utf8").on("data", (chunk: string) => (stdin += chunk));
        channel.on("end", () => {
          ran.push({ command, stdin, environment });
          behaviour({ command, stdin, environment }, channel, connection);
        });
      });
    });
  });
  await new Promise<void>(resolve => server.listen(port, "127.0.0.1", resolve));
  return {
    port: (server.address() as net.AddressInfo).port,
    hostKey: ed25519.public.trim(),
    ran,
    files,
    connections: () => connections.size,
    forwarded: () => forwarded,
    behave: next => void (behaviour = next),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        for (const connection of connections) connection.end();
      }),
  };
}
