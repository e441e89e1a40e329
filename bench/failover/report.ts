import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import { REPOSITORY } from "../../rack/cli/paths";
import type { Report, Run } from "./record";

/** A report without runs yet: of this machine, this commit and this command. */
export function reportHead(command: string): Omit<Report, "runs"> {
  const git = (...words: string[]) => execFileSync("git", words, { cwd: REPOSITORY, encoding: "utf8" }).trim();
  return {
    version: 1,
    at: new Date().toISOString(),
    command,
    commit: `${git("rev-parse", "HEAD")}${git("status", "--porcelain") === "" ? "" : "+"}`,
    host: {
      cores: os.availableParallelism(),
      model: os.cpus()[0]?.model ?? "unknown",
      memoryGiB: Math.round(os.totalmem() / 2 ** 30),
      kernel: os.release(),
    },
  };
}

/** In one step: a run that is cut leaves the report of the runs before it. */
export function writeReport(file: string, head: Omit<Report, "runs">, runs: readonly Run[]): void {
  const report: Report = { ...head, runs };
  fs.writeFileSync(`${file}.new`, `${JSON.stringify(report)}\n`);
  fs.renameSync(`${file}.new`, file);
}

/** @throws Error naming the file when it is no report of this version */
export function readReport(file: string): Report {
  const found = JSON.parse(fs.readFileSync(file, "utf8")) as Partial<Report>;
  if (found.version !== 1 || !Array.isArray(found.runs))
    throw new Error(
      `${file}: found version ${JSON.stringify(found.version)}, expected a report of './rackplane bench failover --json' of version 1; make it again`,
    );
  return found as Report;
}
