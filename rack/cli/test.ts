import execa from "execa";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { installPackages } from "../setup/packages";
import { installTools } from "../setup/tools";
import { REPOSITORY } from "./paths";

interface Count {
  readonly passed: number;
  readonly failed: number;
}

/**
 * Runs every check there is, prints each as it goes and ends with `N passed, N failed`.
 * Exit status 1 when anything failed.
 */
export async function test(options: { unit?: boolean; kinds?: string | boolean }): Promise<void> {
  const say = (line: string) => process.stdout.write(`${line}\n`);
  if (process.getuid?.() === 0) await installPackages(say);
  await installTools(say);
  if (options.kinds !== undefined) {
    const kind = typeof options.kinds === "string" ? options.kinds : "all";
    return conclude([await vitest(`every way to hold the VIP: ${kind}`, LIVE, { KIND: kind })]);
  }
  const counts: Count[] = [
    await check("types, product", "npx", ["tsc", "--noEmit", "-p", "."]),
    await check("types, rack", "npx", ["tsc", "--noEmit", "-p", "rack"]),
    await check("eslint", "npx", ["eslint", "."]),
    await check("shellcheck", "shellcheck", shellFiles()),
    await vitest("unit tests", ["run", "--project", "unit"]),
    await vitest("long tests that need no rack", ["run", "--project", "long"]),
  ];
  if (!options.unit) {
    counts.push(await vitest("rack tests", LIVE));
    counts.push(await vitest("every way to hold the VIP", LIVE, { KIND: "all" }));
  }
  conclude(counts);
}

const LIVE = ["run", "--config", "rack/vitest.config.ts"];

function conclude(counts: readonly Count[]): void {
  const sum = (key: keyof Count) => counts.reduce((n, count) => n + count[key], 0);
  process.stdout.write(`${sum("passed")} passed, ${sum("failed")} failed\n`);
  process.exitCode = sum("failed") === 0 ? 0 : 1;
}

/** Every shell file that git knows, by its ending or its first line. */
function shellFiles(): string[] {
  const files = execa.sync("git", ["ls-files"], { cwd: REPOSITORY }).stdout.split("\n");
  return files.filter(file => {
    const full = path.join(REPOSITORY, file);
    if (!fs.existsSync(full) || fs.statSync(full).isDirectory()) return false;
    return file.endsWith(".sh") || /^#!.*\b(ba)?sh\b/.test(fs.readFileSync(full, "utf8").slice(0, 64));
  });
}

async function check(name: string, program: string, args: readonly string[]): Promise<Count> {
  const begin = Date.now();
  const child = await execa(program, [...args], { cwd: REPOSITORY, reject: false, all: true, stdin: "ignore" });
  const ok = child.exitCode === 0;
  process.stdout.write(`${ok ? "ok    " : "FAILED"} ${name} (${((Date.now() - begin) / 1000).toFixed(1)} s)\n`);
  if (!ok) process.stdout.write(`${child.all ?? ""}\n`);
  return ok ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
}

/** vitest's own output on screen, its counts from its report; a suite that did not load counts as failed. */
async function vitest(name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Count> {
  process.stdout.write(`── ${name}\n`);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-test-"));
  const file = path.join(folder, "report.json");
  try {
    const child = await execa(
      "npx",
      ["vitest", ...args, "--reporter=verbose", "--reporter=json", `--outputFile=${file}`],
      { cwd: REPOSITORY, reject: false, stdio: ["ignore", "inherit", "inherit"], env },
    );
    if (!fs.existsSync(file)) return { passed: 0, failed: 1 };
    const report = JSON.parse(fs.readFileSync(file, "utf8")) as Report;
    const failed = Math.max(report.numFailedTests, child.exitCode === 0 ? 0 : 1);
    return { passed: report.numPassedTests, failed };
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}
