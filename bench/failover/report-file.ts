import execa from "execa";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { REPOSITORY } from "../../rack/cli/paths";
import type { Report, Run } from "./record";

/** All of a report but its runs, as of now. */
export async function reportHead(command: string): Promise<Omit<Report, "runs">> {
  const git = async (...words: string[]) => (await execa("git", words, { cwd: REPOSITORY })).stdout.trim();
  const differs = (await git("status", "--porcelain", "--untracked-files=no")) !== "";
  return {
    version: 1,
    at: new Date().toISOString(),
    command,
    commit: `${await git("rev-parse", "HEAD")}${differs ? "+" : ""}`,
    host: {
      cores: os.availableParallelism(),
      model: os.cpus()[0]?.model.trim() ?? "unknown",
      memoryGiB: Math.round(os.totalmem() / 2 ** 30),
      kernel: os.release(),
    },
  };
}

/** A report on disk, whole at every time: it is written anew after each run, beside the old one, and put in its place. */
export class ReportFile {
  /** As text, made once: a report of many runs has a hundred megabytes. */
  private readonly lines: string[] = [];

  /** @throws Error when the file cannot be written */
  constructor(
    private readonly file: string,
    private readonly head: Omit<Report, "runs">,
  ) {
    this.write();
  }

  add(run: Run): void {
    this.lines.push(JSON.stringify(run, shortened));
    this.write();
  }

  private write(): void {
    const head = JSON.stringify(this.head).slice(1, -1);
    const runs = this.lines.length === 0 ? "[]" : `[\n${this.lines.join(",\n")}\n]`;
    const beside = path.join(path.dirname(this.file), `.${path.basename(this.file)}.new`);
    fs.writeFileSync(beside, `{${head},"runs":${runs}}\n`);
    fs.renameSync(beside, this.file);
  }
}

/** Times to the millisecond. */
const shortened = (_key: string, value: unknown): unknown =>
  typeof value === "number" ? Number(value.toFixed(3)) : value;

/** @throws Error naming the file, when it is no report of this format */
export function readReport(file: string): Report {
  let report: Partial<Report>;
  try {
    report = JSON.parse(fs.readFileSync(file, "utf8")) as Partial<Report>;
  } catch (error) {
    throw new Error(
      `${file}: found no JSON that can be read (${(error as Error).message}); expected a report of ./rackplane bench failover --json`,
    );
  }
  if (report.version !== 1 || !Array.isArray(report.runs))
    throw new Error(
      `${file}: found version ${JSON.stringify(report.version)}, expected a report of version 1; make one with ./rackplane bench failover --json`,
    );
  return report as Report;
}
