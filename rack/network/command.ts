import { spawn } from "node:child_process";

/** What a finished command said. */
export interface CommandResult {
  /** Exit code, or null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Text for its standard input; without it, standard input is empty. */
  readonly input?: string;
  /** After so many seconds the command is killed and the call fails. @default 60 */
  readonly timeoutSeconds?: number;
  /** Exit codes that are no failure. @default [0] */
  readonly accept?: readonly number[] | "any";
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a command to its end, without a shell; a failure names the command, its exit code and what it said. */
export function run(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [program, ...rest] = argv;
  if (program === undefined) throw new Error("run: an empty command; name a program");
  const { input = "", timeoutSeconds = 60, accept = [0], env } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, { stdio: ["pipe", "pipe", "pipe"], env: env ?? process.env });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let late = false;
    const alarm = setTimeout(() => { late = true; child.kill("SIGKILL"); }, timeoutSeconds * 1000);
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    // A command that ends without reading its input closes the pipe: its exit code tells the story.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    child.on("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(alarm);
      reject(new Error(`${program}: could not be started (${error.code ?? error.message}); is it installed and on PATH?`));
    });
    child.on("close", (code, signal) => {
      clearTimeout(alarm);
      const result = { code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() };
      if (!late && (accept === "any" || (code !== null && accept.includes(code)))) return resolve(result);
      const how = late ? `took more than ${timeoutSeconds} s and was ended` : code === null ? `was ended by ${signal}` : `exit code ${code}`;
      reject(new Error(`${argv.join(" ")}: ${how}\n${tail(result.stderr || result.stdout)}`));
    });
  });
}

/** The last lines of a command's words: enough to see why it failed. */
export function tail(text: string, lines = 15): string {
  return text.trimEnd().split("\n").slice(-lines).join("\n");
}
