import execa from "execa";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { installPackages } from "../setup/packages";
import { installTools } from "../setup/tools";
import { checks, runCheck, type Count } from "./check";
import { REPOSITORY } from "./paths";

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
  const counts: Count[] = [];
  for (const check of checks()) counts.push(await runCheck(check));
  counts.push(await vitest("unit tests", ["run", "--project", "unit"]));
  counts.push(await vitest("long tests that need no rack", ["run", "--project", "long"]));
  if (!options.unit) {
    counts.push(await vitest("sizes that need no rack", LIVE, { SUITE: "sizes" }));
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
