import type { Call } from "../provider";

/** `logging` of a command: which of its streams are shown while it runs. Unset: both. */
export type Logging = "none" | "stdout" | "stderr" | "stdoutAndStderr";

type Stream = "stdout" | "stderr";

export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** The plugin's logger reads lines of less than this many bytes; a longer one stops it, and the command with it. */
const LONGEST_LINE = 64 * 1024;

/**
 * Collects what a command prints: whole for its outputs, line by line for the display. `logging` counts for the display
 * alone: the error of a command that failed has all of both streams.
 */
export class Collector {
  private readonly text = { stdout: "", stderr: "" };
  private both = "";
  private unfinished = "";
  private stuck = false;

  constructor(
    private readonly call: Call,
    private readonly logging: Logging = "stdoutAndStderr",
  ) {}

  /** Whether a line was too long for the logger: then the command is waited for without end. */
  get wedged(): boolean {
    return this.stuck;
  }

  add(stream: Stream, chunk: string): void {
    this.text[stream] += chunk;
    this.both += chunk;
    if (this.logging !== stream && this.logging !== "stdoutAndStderr") return;
    // Both streams go through one pipe.
    const lines = (this.unfinished + chunk).split("\n");
    this.stuck ||= lines.some(line => Buffer.byteLength(line) >= LONGEST_LINE);
    this.unfinished = lines.pop() ?? "";
    if (!this.stuck) for (const line of lines) this.show(line);
  }

  /**
   * The outputs of a command that ended well.
   *
   * @param failure why the command did not; undefined when it did
   * @throws Error with the whole command and all that it printed, when it did not
   */
  end(command: string, failure: string | undefined): Output {
    if (this.unfinished !== "") this.show(this.unfinished);
    if (failure !== undefined) throw new Error(`${failure}: running ${JSON.stringify(command)}:\n${this.both}`);
    return { stdout: this.text.stdout.replace(/\n$/, ""), stderr: this.text.stderr.replace(/\n$/, "") };
  }

  private show(line: string): void {
    this.call.log(line, "info", true);
  }
}
