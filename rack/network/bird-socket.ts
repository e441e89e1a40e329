import * as net from "node:net";
import * as path from "node:path";
import { STATE_DIR } from "../topology";

/** Milliseconds for an answer. */
const PATIENCE = 300;

/**
 * A connection to a switch's control socket that is kept: a question costs a fraction of what `birdc` does, which starts
 * for each. A switch that does not answer is asked anew the next time.
 */
export class BirdSocket {
  private socket: net.Socket | undefined;
  private turn: Promise<unknown> = Promise.resolve();

  /** @param file by default the one of the switch `name` of this rack */
  constructor(
    readonly name: string,
    private readonly file = path.join(STATE_DIR, "switches", `${name}.ctl`),
  ) {}

  /** What `birdc` would print, or nothing where the switch does not answer. Questions are asked one after the other. */
  ask(question: string): Promise<string | undefined> {
    const next = this.turn.then(() => this.askNow(question));
    this.turn = next;
    return next;
  }

  close(): void {
    this.socket?.destroy();
    this.socket = undefined;
  }

  private async askNow(question: string): Promise<string | undefined> {
    try {
      if (this.socket === undefined) {
        this.socket = net.connect(this.file);
        // Besides the wait below, it may break while nothing is asked.
        this.socket.on("error", () => undefined);
        // It greets first.
        await this.answer(this.socket, "");
      }
      return plain(await this.answer(this.socket, `${question}\n`));
    } catch {
      this.close();
      return undefined;
    }
  }

  private answer(socket: net.Socket, question: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let text = "";
      const onData = (part: Buffer) => {
        text += part.toString();
        if (isWhole(text)) settle(() => resolve(text));
      };
      const onEnd = () => settle(() => reject(new Error("the switch closed its control socket")));
      const alarm = setTimeout(onEnd, PATIENCE);
      const settle = (then: () => void) => {
        clearTimeout(alarm);
        socket.off("data", onData).off("error", onEnd).off("close", onEnd);
        then();
      };
      socket.on("data", onData).on("error", onEnd).on("close", onEnd);
      if (question !== "") socket.write(question);
    });
  }
}

/** Whether the last line says that it is the last: a code of four digits, then a blank. Pure. */
export const isWhole = (text: string): boolean => text.endsWith("\n") && /(^|\n)\d{4} [^\n]*\n$/.test(text);

/** An answer without the codes of its lines, as `birdc` prints it. Pure. */
export const plain = (text: string): string =>
  text
    .split("\n")
    .map(line => (/^\d{4}[ -]/.test(line) ? line.slice(5) : line.replace(/^ /, "")))
    .join("\n");
