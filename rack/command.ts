import { spawn } from "node:child_process";
import { patience } from "./patience";

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
  /** After so many seconds, times `patience()`, the command is killed and the call fails. @default 60 */
  readonly timeoutSeconds?: number;
  /** Exit codes that are no failure. @default [0] */
  readonly accept?: readonly number[] | "any";
  /** The whole of its environment. @default this process's */
  readonly env?: NodeJS.ProcessEnv;
  /** @default this process's */
  readonly cwd?: string;
}

/** Runs a command to its end, without a shell; a failure names the command, its exit code and what it said. */
export async function run(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const { accept = [0] } = options;
  const timeoutSeconds = (options.timeoutSeconds ?? 60) * patience();
  const end = await endOf(argv, { ...options, timeoutSeconds });
  if (end.missing !== undefined)
    throw new Error(`${argv[0]}: could not be started (${end.missing}); is it installed and on PATH?`);
  const { code, stdout, stderr } = end;
  if (!end.late && (accept === "any" || (code !== null && accept.includes(code)))) return { code, stdout, stderr };
  const how = end.late
    ? `took more than ${timeoutSeconds} s and was ended`
    : code === null
      ? `was ended by ${end.signal}`
      : `exit code ${code}`;
  throw new Error(`${argv.join(" ")}: ${how}\n${tail(stderr || stdout)}`);
}

/** The same for what it prints, without the end of the last line, as a shell's $(...) has it; it may take its time. */
export async function output(argv: readonly string[], options: Omit<CommandOptions, "accept"> = {}): Promise<string> {
  return (await run(argv, { timeoutSeconds: NO_LIMIT, ...options })).stdout.replace(/\r?\n$/, "");
}

/** The Debian package that brings a program, told when the program is not there. */
const PACKAGE_OF: Readonly<Record<string, string>> = {
  "apt-ftparchive": "apt-utils",
  "docker-registry": "docker-registry",
  "dpkg-deb": "dpkg",
  gpg: "gnupg",
  gpgconf: "gnupg",
};

export interface StepOptions extends Pick<CommandOptions, "cwd" | "input"> {
  /** What the command is for, as the beginning of an error: "pushing registry.k8s.io/pause:3.10.1". */
  readonly purpose: string;
  /** Besides this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A step by which something is built, for what it prints. A failure says what for, how, and what to do. */
export async function step(argv: readonly string[], { purpose, ...options }: StepOptions): Promise<string> {
  const [program = ""] = argv;
  // Programs sort and print dates by locale: a fixed one keeps what is built the same everywhere.
  const env = { ...process.env, LC_ALL: "C", TZ: "UTC", ...options.env };
  const end = await endOf(argv, { ...options, env, timeoutSeconds: NO_LIMIT });
  if (end.code === 0) return end.stdout;
  if (end.missing === "ENOENT") {
    const name = PACKAGE_OF[program];
    throw new Error(
      `${purpose}: expected the program ${program}, found none; ${name ? `install Debian's package ${name}` : "build it with rack/tools/build.sh"}`,
    );
  }
  const how = end.signal ? `was ended by ${end.signal}` : `ended with ${end.missing ?? end.code}`;
  throw new Error(
    `${purpose}: \`${argv.join(" ")}\` ${how}, expected 0; it said:\n  ${tail(end.stderr.trim(), 8).replace(/\n/g, "\n  ") || "nothing"}`,
  );
}

/** The last lines of a command's words: enough to see why it failed. */
export function tail(text: string, lines = 15): string {
  return text.trimEnd().split("\n").slice(-lines).join("\n");
}

const NO_LIMIT = Infinity;

interface End extends CommandResult {
  readonly signal: NodeJS.Signals | null;
  /** Ended by us, as its time was over. */
  readonly late: boolean;
  /** Why there was nothing to start, such as ENOENT. */
  readonly missing?: string;
}

// By node itself and not by execa: its CommonJS releases (5) take a command that ended well, without reading all of
// its input, for one that failed with EPIPE.
/** How a command ends, however that is. */
function endOf(
  argv: readonly string[],
  { input = "", timeoutSeconds, env, cwd }: CommandOptions & { timeoutSeconds: number },
): Promise<End> {
  const [program, ...rest] = argv;
  if (program === undefined) throw new Error("run: an empty command; name a program");
  return new Promise(resolve => {
    const child = spawn(program, rest, { stdio: ["pipe", "pipe", "pipe"], env: env ?? process.env, cwd });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let late = false;
    const alarm =
      timeoutSeconds === NO_LIMIT
        ? undefined
        : setTimeout(() => {
            late = true;
            child.kill("SIGKILL");
          }, timeoutSeconds * 1000);
    const end = (how: Pick<End, "code" | "signal" | "missing">) => {
      clearTimeout(alarm);
      resolve({ ...how, late, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() });
    };
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    // A command that ends without reading its input closes the pipe: its exit code tells the story.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    child.on("error", (error: NodeJS.ErrnoException) =>
      end({ code: null, signal: null, missing: error.code ?? error.message }),
    );
    child.on("close", (code, signal) => end({ code, signal }));
  });
}
