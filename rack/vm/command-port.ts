import type { Socket } from "node:net";
import * as readline from "node:readline";

/** How a command in the virtual machine ended. */
export interface VmResult {
  readonly code: number;
  /** What it printed, on both of its outputs. */
  readonly output: string;
}

/**
 * The host's end of the virtual machine's one port (the other is image/usr/local/sbin/command-port): a command a line,
 * in base64; its lines come back with "|" before each, its exit code with "=". One command runs at a time.
 */
export class CommandPort {
  private readonly lines: AsyncIterator<string, undefined>;

  constructor(private readonly socket: Socket) {
    this.lines = readline.createInterface({ input: socket, crlfDelay: Infinity })[Symbol.asyncIterator]();
  }

  /** Awaits the word that the machine has booted. @throws Error when the port closes before */
  async ready(): Promise<void> {
    while ((await this.next("the machine to boot")) !== "=ready");
  }

  /**
   * Runs a command in bash, to its end.
   *
   * @param say gets each line as it is printed
   * @throws Error when the machine ends before
   */
  async run(command: string, say: (line: string) => void = () => undefined): Promise<VmResult> {
    this.socket.write(`${Buffer.from(command).toString("base64")}\n`);
    const output: string[] = [];
    for (;;) {
      const line = await this.next(`the end of: ${command}`);
      if (line.startsWith("=")) return { code: Number(line.slice(1)), output: output.join("\n") };
      output.push(line.slice(1));
      say(line.slice(1));
    }
  }

  private async next(what: string): Promise<string> {
    const line = await this.lines.next();
    if (line.done === true)
      throw new Error(`virtual machine: waited for ${what}, but its port was closed; it has ended`);
    return line.value;
  }
}
