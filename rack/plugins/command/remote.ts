import type { Client, ClientChannel } from "ssh2";
import { constants } from "node:os";
import type { Call } from "../provider";
import { dial } from "./dial";
import { Collector, type Output } from "./output";
import type { CommandInputs } from "./resource";

/**
 * Runs a command of a `remote.Command` on its machine, on a connection of its own, which stays open until the plugin
 * ends. Once the command runs, neither a cancellation nor a custom timeout ends it: it is waited for as long as its
 * connection stands.
 */
export async function runRemote(
  call: Call,
  inputs: CommandInputs,
  command: string,
  environment: Record<string, string>,
): Promise<Output> {
  const { connection } = inputs;
  if (connection === undefined)
    throw new Error(`${call.name}: connection is missing, expected a host to run the command on`);
  const client = await dial(call, connection);
  return execute(client, { command, environment, stdin: inputs.stdin, output: new Collector(call, inputs.logging) });
}

interface Execution {
  readonly command: string;
  /** Sent to the server, which takes only what its AcceptEnv names and says nothing about the rest. */
  readonly environment: Record<string, string>;
  readonly stdin?: string;
  readonly output: Collector;
}

function execute(client: Client, { command, environment, stdin, output }: Execution): Promise<Output> {
  return new Promise((resolve, reject) => {
    client.exec(command, { env: environment }, (error, channel) => {
      if (error !== undefined) return reject(error);
      let failure: string | undefined = "wait: remote command exited without exit status or exit signal";
      channel.setEncoding("utf8").on("data", (chunk: string) => output.add("stdout", chunk));
      channel.stderr.setEncoding("utf8").on("data", (chunk: string) => output.add("stderr", chunk));
      channel.on("exit", (code: number | null, signal?: string) => (failure = failureOf(code, signal)));
      channel.on("close", () => {
        if (output.wedged) return;
        try {
          resolve(output.end(command, failure));
        } catch (failed) {
          reject(failed);
        }
      });
      feed(channel, stdin);
    });
  });
}

/** As Go's SSH library says it; undefined for a command that ended well. */
function failureOf(code: number | null, signal?: string): string | undefined {
  if (code !== null) return code === 0 ? undefined : `Process exited with status ${code}`;
  const name = (signal ?? "").replace(/^SIG/, "");
  const number = constants.signals[`SIG${name}` as NodeJS.Signals] ?? 0;
  return `Process exited with status ${128 + number} from signal ${name}`;
}

function feed(channel: ClientChannel, stdin: string | undefined): void {
  // A command need not read its input to the end.
  channel.on("error", () => undefined);
  channel.end(stdin ?? "");
}
