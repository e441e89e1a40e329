import { execFile, type ExecFileException } from "node:child_process";

export interface CommandOptions {
  /** What the command is for, as the beginning of an error: "pushing registry.k8s.io/pause:3.10.1". */
  readonly purpose: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** The Debian package that brings a program the mirrors call, told when the program is not there. */
const PACKAGE_OF: Readonly<Record<string, string>> = {
  "apt-ftparchive": "apt-utils",
  "docker-registry": "docker-registry",
  "dpkg-deb": "dpkg",
  gpg: "gnupg",
  gpgconf: "gnupg",
};

/** apt's and the tools' longest output by far is below this. */
const MAX_OUTPUT = 16 << 20;

/** Runs a program to its end and returns what it printed. A failure says what for, how, and what to do. */
export function run(program: string, args: readonly string[], options: CommandOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    // Programs sort and print dates by locale: a fixed one keeps what is built the same everywhere.
    const env = { ...process.env, LC_ALL: "C", TZ: "UTC", ...options.env };
    const child = execFile(program, [...args], { cwd: options.cwd, env, maxBuffer: MAX_OUTPUT },
      (error, stdout, stderr) => {
        if (error) reject(new Error(explain(program, args, options.purpose, error, stderr)));
        else resolve(stdout);
      });
    // A program that ends without reading is told apart by how it ends, not by the broken pipe.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(options.input ?? "");
  });
}

function explain(
  program: string, args: readonly string[], purpose: string, error: ExecFileException, stderr: string,
): string {
  if (error.code === "ENOENT") {
    const name = PACKAGE_OF[program];
    return `${purpose}: expected the program ${program}, found none; ` +
      (name ? `install Debian's package ${name}` : "build it with rack/tools/build.sh");
  }
  const last = stderr.trim().split("\n").slice(-8).join("\n  ");
  const end = error.signal ? `was ended by ${error.signal}` : `ended with ${error.code ?? error.message}`;
  return `${purpose}: \`${program} ${args.join(" ")}\` ${end}, expected 0; it said:\n  ${last || "nothing"}`;
}
