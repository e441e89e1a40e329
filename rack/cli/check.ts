import execa from "execa";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Result } from "../suites/suite";
import { REPOSITORY } from "./paths";

/** A program that judges the source without running it. */
export interface Check {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
}

/** Everything that is checked without running the product, in the order in which a person wants to hear of it. */
export function checks(): Check[] {
  const shell = shellFiles();
  return [
    { name: "types, product", program: "npx", args: ["tsc", "--noEmit", "-p", "."] },
    { name: "types, rack", program: "npx", args: ["tsc", "--noEmit", "-p", "rack"] },
    { name: "eslint", program: "npx", args: ["eslint", "."] },
    { name: "prettier", program: "npx", args: ["prettier", "--check", "--cache", "--log-level", "warn", "."] },
    { name: "shellcheck", program: "shellcheck", args: shell },
    // Its settings are in .editorconfig.
    { name: "shfmt", program: "shfmt", args: ["-d", ...shell] },
  ];
}

/** Runs every check; those whose program is not installed are skipped aloud. Exit status 1 when one failed. */
export async function check(): Promise<void> {
  for (const each of checks()) {
    if (!installed(each.program)) process.stdout.write(`skip   ${each.name}: ${each.program} is not installed\n`);
    else if ((await runCheck(each)).failed > 0) process.exitCode = 1;
  }
}

/** Brings every file into its one form: prettier, and shfmt where it is installed. */
export async function format(): Promise<void> {
  const options: execa.Options = { cwd: REPOSITORY, stdio: ["ignore", "inherit", "inherit"] };
  await execa("npx", ["prettier", "--write", "--log-level", "warn", "."], options);
  if (installed("shfmt")) await execa("shfmt", ["-w", ...shellFiles()], options);
  else process.stdout.write("skip   shfmt: it is not installed, shell files are as they were\n");
}

/** Prints one line, and what the program said when it failed. */
export async function runCheck({ name, program, args }: Check): Promise<Result> {
  const begin = Date.now();
  const child = await execa(program, [...args], { cwd: REPOSITORY, reject: false, all: true, stdin: "ignore" });
  const ok = child.exitCode === 0;
  process.stdout.write(`${ok ? "ok    " : "FAILED"} ${name} (${((Date.now() - begin) / 1000).toFixed(1)} s)\n`);
  if (!ok) process.stdout.write(`${child.all ?? `${program} could not be started`}\n`);
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, failures: ok ? [] : [{ what: `check: ${name}` }], twice: [] };
}

const installed = (program: string): boolean =>
  (process.env.PATH ?? "").split(":").some(folder => fs.existsSync(path.join(folder, program)));

/** Every shell file that git knows, by its ending or its first line. */
export function shellFiles(): string[] {
  const files = execa.sync("git", ["ls-files"], { cwd: REPOSITORY }).stdout.split("\n");
  return files.filter(file => {
    const full = path.join(REPOSITORY, file);
    if (!fs.existsSync(full) || fs.statSync(full).isDirectory()) return false;
    return file.endsWith(".sh") || /^#!.*\b(ba)?sh\b/.test(fs.readFileSync(full, "utf8").slice(0, 64));
  });
}
