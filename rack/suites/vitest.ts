import execa from "execa";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { REPOSITORY } from "../cli/paths";
import type { Failure, Result } from "./suite";

interface Report {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    /** Why a file could not be run. */
    readonly message?: string;
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
  const failures = (report?.testResults ?? []).flatMap(({ name, status, message, assertionResults }): Failure[] => {
    const failed = assertionResults
      .filter(test => test.status === "failed")
      .map(({ fullName, failureMessages = [] }) => ({ what: fullName.trim(), ...because(failureMessages.join("\n")) }));
    const broken = status === "failed" && failed.length === 0;
    return broken ? [{ what: `${path.relative(REPOSITORY, name)} could not be run`, ...because(message) }] : failed;
  });
  if (failures.length === 0 && exitCode !== 0)
    failures.push({ what: `vitest ended with status ${exitCode ?? "by a signal"}` });
  const twice = (report?.testResults ?? []).flatMap(({ assertionResults }) =>
    assertionResults
      .filter(({ status, failureMessages = [] }) => status === "passed" && failureMessages.length > 0)
      .map(({ fullName }) => `${suite}: ${fullName.trim()}`),
  );
  return {
    passed: report?.numPassedTests ?? 0,
    failed: failures.length,
    failures: failures.map(failure => ({ ...failure, what: `${suite}: ${failure.what}` })),
    twice,
  };
}

/** Characters of a failure's words: its beginning says what was found and expected, its end what a program said last. */
const MOST_WORDS = 4000;

function because(message = ""): { why?: string } {
  const words = message
    .split("\n")
    .filter(line => !/^\s+at /.test(line))
    .join("\n")
    .trim();
  if (words === "") return {};
  const half = MOST_WORDS / 2;
  return { why: words.length <= MOST_WORDS ? words : `${words.slice(0, half)}\n[...]\n${words.slice(-half)}` };
}
