import type { AddressInfo } from "node:net";
import { Server } from "ssh2";
import { ed25519Pair } from "./host-key";

/** What reached the impostor: a command with its standard input, or the wish to copy files. */
export type Heard = { readonly command: string; readonly stdin: string } | { readonly subsystem: string };

export interface Impostor {
  readonly port: number;
  /** Its host key as `ssh-ed25519 AAAA...`. */
  readonly hostKey: string;
  close(): Promise<void>;
}

/**
 * An SSH server that takes a machine's place: it lets everyone in, answers as a machine that is prepared, with its own
 * host key, and tells what was sent to it.
 */
export async function impostor(
  { host, port }: { host: string; port: number },
  tell: (heard: Heard) => void,
): Promise<Impostor> {
  const pair = ed25519Pair();
  const hostKey = pair.public.trim().split(" ").slice(0, 2).join(" ");
  const server = new Server({ hostKeys: [pair.private] }, connection => {
    connection.on("error", () => undefined);
    connection.on("authentication", attempt => attempt.accept());
    connection.on("session", accept => {
      const session = accept();
      session.on("sftp", (_accept, reject) => {
        tell({ subsystem: "sftp" });
        reject();
      });
      session.on("exec", (acceptExec, _reject, { command }) => {
        const channel = acceptExec();
        let stdin = "";
        channel.on("error", () => undefined);
        channel.setEncoding("utf8").on("data", (part: string) => (stdin += part));
        channel.on("end", () => {
          tell({ command, stdin });
          channel.write(`${hostKey}\n`);
          channel.exit(0);
          channel.end();
        });
      });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.on("error", reject);
    server.listen(port, host, () => resolve());
  });
  return {
    port: (server.address() as AddressInfo).port,
    hostKey,
    close: () => new Promise(resolve => server.close(() => resolve())),
  };
}
