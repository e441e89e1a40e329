import type { Call } from "../provider";

/** `logging` of a command: which of its streams may be shown. Unset: both. */
export type Logging = "none" | "stdout" | "stderr" | "stdoutAndStderr";

type Stream = "stdout" | "stderr";

export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command ended: a code, or a signal, or neither when the server did not say. */
export interface Exit {
  readonly code: number | null;
  readonly signal?: string | null;
}

/** Error texts travel in a gRPC trailer, so the end of the output has to do. */
const LONGEST_EXCERPT = 32_000;

/**
 * Collects what a command prints: whole for its outputs, line by line for the display, and for the error text.
 * Streams that `logging` leaves out appear in neither of the last two: they may hold keys.
 */
export class Collector {
  private readonly text = { stdout: "", stderr: "" };
  private readonly unfinished = { stdout: "", stderr: "" };
  private shown = "";

  constructor(
    private readonly call: Call,
    private readonly logging: Logging = "stdoutAndStderr",
  ) {}

  private shows(stream: Stream): boolean {
    return this.logging === stream || this.logging === "stdoutAndStderr";
  }

  add(stream: Stream, chunk: string): void {
    this.text[stream] += chunk;
    if (!this.shows(stream)) return;
    this.shown += chunk;
    const lines = (this.unfinished[stream] + chunk).split("\n");
    this.unfinished[stream] = lines.pop() ?? "";
    for (const line of lines) this.call.log(line);
  }

  /** The outputs of a command that ended well. @throws when it did not, with what may be shown of its output. */
  end(command: string, place: string, exit: Exit): Output {
    for (const stream of ["stdout", "stderr"] as const) {
      if (this.unfinished[stream] !== "") this.call.log(this.unfinished[stream]);
    }
    if (exit.code !== 0) throw new Error(`${reasonOf(exit)}: running ${shortly(command)} ${place}:\n${this.excerpt()}`);
    return { stdout: this.text.stdout.replace(/\n$/, ""), stderr: this.text.stderr.replace(/\n$/, "") };
  }

  private excerpt(): string {
    const hidden = (["stdout", "stderr"] as const).filter(stream => !this.shows(stream) && this.text[stream] !== "");
    const note = hidden.length > 0 ? `\n(${hidden.join(" and ")} withheld: logging is ${this.logging})` : "";
    const skipped = this.shown.length > LONGEST_EXCERPT ? "(beginning left out)\n" : "";
    return skipped + this.shown.slice(-LONGEST_EXCERPT).trimEnd() + note;
  }
}

function reasonOf({ code, signal }: Exit): string {
  if (signal) return `Process killed by ${signal.startsWith("SIG") ? signal : `SIG${signal}`}`;
  return code === null ? "Process ended without an exit status" : `Process exited with status ${code}`;
}

/** A command's first line, quoted, at most 80 characters of it. */
export function shortly(command: string): string {
  const first = command.trimStart().split("\n", 1)[0] ?? "";
  const short = first.length > 80 ? `${first.slice(0, 79)}…` : first;
  return `"${short}"${command.trim().includes("\n") && short === first ? " …" : ""}`;
}
