import execa from "execa";
import { gatheringKindFigures } from "../../bench/kind-figures";
import { kindTable } from "../../bench/table";
import { installPackages } from "../setup/packages";
import { installTools } from "../setup/tools";
import { furtherSuites, suitesNamed } from "../suites/plan";
import { sumOf, type Failure, type Result, type Suite } from "../suites/suite";
import { SUITES } from "../suites/table";
import { keepTaken, taken } from "../suites/taken";
import { REPOSITORY } from "./paths";

/** Which suites a run has; with none of these, those marked `core`. */
export interface TestOptions {
  /** Every suite. */
  readonly all?: boolean;
  /** Names, comma separated; `*` stands for any characters. */
  readonly suite?: string;
  /** Minutes: after the core suites, further ones as long as they fit in, beginning with what the last change touches. */
  readonly within?: string;
}

/**
 * Runs suites, prints each as it goes, what failed once more, what was left out, and ends with `N passed, N failed`.
 * Exit status 1 when anything failed.
 *
 * @throws Error for a suite that does not exist, or minutes that are none
 */
export async function test(options: TestOptions): Promise<void> {
  const begin = Date.now();
  const kinds = gatheringKindFigures();
  const within = minutesOf(options.within);
  const first = options.all ? SUITES : options.suite ? suitesNamed(SUITES, options.suite.split(",")) : coreSuites();
  await prepare(first);
  const results: Result[] = [];
  for (const suite of first) results.push(await run(suite));
  if (within !== undefined) {
    const left = () => within - (Date.now() - begin) / 60_000;
    results.push(...(await runFurther(left)));
  }
  const figures = kinds.end();
  if (figures.length > 0) say(`\n${kindTable(figures)}\n`);
  conclude(sumOf(results));
}

/** What there is, for a person or (`json`) a program. */
export function list(json: boolean): void {
  const rows = SUITES.map(({ name, shows, minutes, needs, core, covers, open }) => ({
    name,
    shows: open === undefined ? shows : `${shows} (by name alone: ${open})`,
    minutes,
    takenHere: taken()[name],
    needs,
    core,
    covers,
  }));
  if (json) return say(JSON.stringify(rows, undefined, 2));
  const width = Math.max(...rows.map(({ name }) => name.length));
  say(`${"suite".padEnd(width)}  min.  here  needs  shows (* is run by ./rackplane test)`);
  for (const { name, shows, minutes, takenHere, needs, core } of rows)
    say(
      `${name.padEnd(width)}  ${String(minutes).padStart(4)}  ${String(takenHere ?? "-").padStart(4)}  ${needs.padEnd(5)}  ${core ? "* " : ""}${shows}`,
    );
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const coreSuites = () => SUITES.filter(({ core }) => core);

function minutesOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const minutes = Number(text);
  if (!(minutes > 0)) throw new Error(`--within: found "${text}", expected minutes, e.g. 70`);
  return minutes;
}

async function prepare(suites: readonly Suite[]): Promise<void> {
  if (suites.every(({ needs }) => needs === "node")) return;
  if (process.getuid?.() !== 0)
    throw new Error(
      `test: the suites ${suites
        .filter(({ needs }) => needs === "root")
        .map(({ name }) => name)
        .join(
          ", ",
        )} need root, found an ordinary user; use sudo, or name others: ./rackplane test --suite check,unit,node,long`,
    );
  await installPackages(say);
  await installTools(say);
}

async function run(suite: Suite): Promise<Result> {
  say(`── suite ${suite.name}: ${suite.shows}`);
  const begin = Date.now();
  const result = await suite.run();
  const minutes = (Date.now() - begin) / 60_000;
  if (result.failed === 0) keepTaken(suite.name, minutes);
  say(`── suite ${suite.name}: ${result.passed} passed, ${result.failed} failed, ${minutes.toFixed(1)} minutes`);
  return result;
}

async function runFurther(minutesLeft: () => number): Promise<Result[]> {
  const results: Result[] = [];
  const leftOut: string[] = [];
  const { commit, changed } = await change();
  for (const suite of furtherSuites(SUITES, changed, commit)) {
    const needed = Math.max(suite.minutes, taken()[suite.name] ?? 0);
    if (needed > minutesLeft()) leftOut.push(`${suite.name} (${needed} minutes)`);
    else results.push(await run(suite));
  }
  if (leftOut.length > 0) say(`left out for time: ${leftOut.join(", ")}`);
  return results;
}

/** How long ago a commit may be and still belong to the change that CI is asked about. */
const CHANGE_HOURS = 4;

/** The commits of the last hours before the newest one are the change; a copy without a history has none that is known. */
async function change(): Promise<{ commit: string; changed: string[] }> {
  const git = async (...args: string[]) =>
    (await execa("git", args, { cwd: REPOSITORY, reject: false, stdin: "ignore" })).stdout;
  const [commit = "", when = "0"] = (await git("log", "-1", "--format=%H %ct")).split(" ");
  const before = await git("rev-list", "-1", `--before=${Number(when) - CHANGE_HOURS * 3600}`, "HEAD");
  const changed = before ? (await git("diff", "--name-only", before, "HEAD")).split("\n").filter(Boolean) : [];
  return { commit, changed };
}

/** With its reason, since what a suite printed may be far above, or cut off where only the end of a run is kept. */
const told = ({ what, why }: Failure): string =>
  [`  ${what}`, ...(why ?? "").split("\n").filter(Boolean)].join("\n      ");

function conclude({ passed, failed, failures, twice }: Result): void {
  if (twice.length > 0) say(`passed at the second try:\n${twice.map(test => `  ${test}`).join("\n")}`);
  if (failed > 0) say(`failed:\n${failures.map(told).join("\n")}`);
  say(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}
