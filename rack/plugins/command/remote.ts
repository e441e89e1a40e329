import type { Client, ClientChannel } from "ssh2";
import type { Call } from "../provider";
import { addressOf, type Connection } from "./connection";
import { dial } from "./dial";
import { Collector, type Exit, type Logging, type Output, shortly } from "./output";
import type { CommandInputs } from "./resource";

/** Runs a command of a `remote.Command` on its machine, on a connection of its own. */
export async function runRemote(
  call: Call,
  inputs: CommandInputs,
  command: string,
  environment: Record<string, string>,
): Promise<Output> {
  const connection = inputs.connection;
  if (connection?.host === undefined) {
    throw new Error(
      `${call.name}: connection.host is missing; give the address of the machine to run ${shortly(command)} on`,
    );
  }
  const { client, close } = await dial(call, connection);
  const abort = () => void client.destroy();
  call.signal.addEventListener("abort", abort, { once: true });
  try {
    return await execute(call, client, connection, {
      command,
      environment,
      stdin: inputs.stdin,
      logging: inputs.logging,
    });
  } catch (error) {
    call.signal.throwIfAborted();
    throw error;
  } finally {
    call.signal.removeEventListener("abort", abort);
    close();
  }
}

interface Execution {
  readonly command: string;
  /** Sent to the server, which takes only what its AcceptEnv names and says nothing about the rest. */
  readonly environment: Record<string, string>;
  readonly stdin?: string;
  readonly logging?: Logging;
}

function execute(call: Call, client: Client, connection: Connection, run: Execution): Promise<Output> {
  return new Promise((resolve, reject) => {
    const lost = (why?: Error) => {
      const reason = why ? ` (${why.message})` : "";
      reject(
        new Error(`ssh: connection to ${addressOf(connection)} lost while running ${shortly(run.command)}${reason}`),
      );
    };
    client.on("error", lost);
    client.on("close", () => lost());
    client.exec(run.command, { env: run.environment }, (error, channel) => {
      if (error) return lost(error);
      const output = new Collector(call, run.logging);
      let exit: Exit | undefined;
      channel.setEncoding("utf8").on("data", (chunk: string) => output.add("stdout", chunk));
      channel.stderr.setEncoding("utf8").on("data", (chunk: string) => output.add("stderr", chunk));
      channel.on("exit", (code: number | null, signal?: string) => (exit = { code, signal }));
      channel.on("close", () => {
        // A channel that closes without an exit status went down with its connection, or was cut by the server.
        if (exit === undefined) return lost();
        try {
          resolve(output.end(run.command, `on ${addressOf(connection)}`, exit));
        } catch (failure) {
          reject(failure);
        }
      });
      feed(channel, run.stdin);
    });
  });
}

function feed(channel: ClientChannel, stdin: string | undefined): void {
  // A command need not read its input to the end.
  channel.on("error", () => undefined);
  channel.end(stdin ?? "");
}
