import execa from "execa";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { REPOSITORY } from "../cli/paths";
import type { Result } from "./suite";

interface Report {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      /** Of every try; a test that passed has those of the tries before. */
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

/**
 * Runs vitest: its own output on screen, counts and names from its report. A file that did not load, and a run that
 * ended badly without a failed test, count as failed.
 */
export async function vitest(name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Result> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-test-"));
  const file = path.join(folder, "report.json");
  try {
    const child = await execa(
      "npx",
      ["vitest", "run", ...args, "--reporter=verbose", "--reporter=json", `--outputFile=${file}`],
      { cwd: REPOSITORY, reject: false, stdio: ["ignore", "inherit", "inherit"], env },
    );
    const report = fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as Report) : undefined;
    return resultOf(name, report, child.exitCode);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** Pure. */
export function resultOf(suite: string, report: Report | undefined, exitCode: number | undefined): Result {
  const failures = (report?.testResults ?? []).flatMap(({ name, status, assertionResults }) => {
    const failed = assertionResults.filter(test => test.status === "failed").map(test => test.fullName.trim());
    const broken = status === "failed" && failed.length === 0;
    return broken ? [`${path.relative(REPOSITORY, name)} could not be run`] : failed;
  });
  if (failures.length === 0 && exitCode !== 0) failures.push(`vitest ended with status ${exitCode ?? "by a signal"}`);
  const twice = (report?.testResults ?? []).flatMap(({ assertionResults }) =>
    assertionResults
      .filter(({ status, failureMessages = [] }) => status === "passed" && failureMessages.length > 0)
      .map(({ fullName }) => `${suite}: ${fullName.trim()}`),
  );
  return {
    passed: report?.numPassedTests ?? 0,
    failed: failures.length,
    failures: failures.map(failure => `${suite}: ${failure}`),
    twice,
  };
}
