import { CASES } from "../../rack/faults/cases";
import { FAKETIME_PACKAGE } from "../../rack/faults/clock";
import { installPackages } from "../../rack/setup/packages";
import { rackplane } from "../rack";
import { writeDocs } from "./docs";
import { goalOf } from "./goals";
import { listed, plan, type PlannedRun } from "./plan";
import type { Report, Run } from "./record";
import { ReportFile, readReport, reportHead } from "./report-file";
import { Rig } from "./rig";
import { runOnce } from "./run";
import { ourSubjects, type Subject } from "./subject";
import { comparison, failoverTable, runLine, type Goals } from "./table";

/** As a person writes them on the command line. */
export interface FailoverOptions {
  readonly kind?: string;
  readonly fault?: string;
  readonly runs: string;
  readonly json?: string;
  readonly against?: string;
  readonly docs?: boolean;
}

/** What is measured besides ours, and what is made of the report: the bench's other rooms. */
export interface Besides {
  readonly subjects?: readonly Subject[];
  /** After the last run, e.g. pictures of it; returns what it wrote. */
  readonly finish?: (report: Report) => Promise<readonly string[]>;
}

/**
 * Breaks clusters, kind by kind and fault by fault, under traffic, and prints what it cost. The rack is down afterwards.
 *
 * @throws Error for what is not there to be measured, before anything is touched; and at the end, when a run failed
 */
export async function benchFailover(options: FailoverOptions, besides: Besides = {}): Promise<void> {
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  const subjects = [...ourSubjects(), ...(besides.subjects ?? [])];
  const planned = plan(subjects, CASES, {
    kinds: listed(options.kind),
    faults: listed(options.fault),
    runs: Number(options.runs),
  });
  const earlier = options.against === undefined ? undefined : readReport(options.against);
  const head = await reportHead(commandLine(options));
  const file = options.json === undefined ? undefined : new ReportFile(options.json, head);
  // Before anything is broken: a machine gets the library from the host.
  if (planned.some(({ fault }) => fault.name.startsWith("clock-"))) await installPackages(say, FAKETIME_PACKAGE);

  const runs: Run[] = [];
  const failures = await underSignals(abort =>
    eachRun(planned, abort, say, run => {
      runs.push(run);
      file?.add(run);
    }),
  );
  const goals = goalsOf(subjects);
  say(`\n${failoverTable(runs, goals)}`);
  if (earlier !== undefined) say(`\nsince ${earlier.at}, commit ${earlier.commit}\n${comparison(runs, earlier.runs)}`);
  const report: Report = { ...head, runs };
  if (options.docs && runs.length > 0) await writeDocs(report, goals);
  for (const written of (await besides.finish?.(report)) ?? []) say(written);
  if (failures.length > 0)
    throw new Error(`${failures.length} of ${planned.length} runs failed:\n${failures.join("\n")}`);
}

/**
 * Every planned run, each kind brought up once; a run that fails is told and the next one is made. When it is to end
 * early, it ends after the run's fault is healed.
 *
 * @returns the runs that failed, each with its reason
 */
async function eachRun(
  planned: readonly PlannedRun<Subject>[],
  abort: AbortSignal,
  say: (line: string) => void,
  keep: (run: Run) => void,
): Promise<string[]> {
  const failures: string[] = [];
  let rig: Rig | undefined;
  try {
    for (const [i, one] of planned.entries()) {
      const { subject, fault, number } = one;
      const place = `[${i + 1}/${planned.length}]`;
      const name = `${subject.name} ${fault.name} ${number}`;
      try {
        if (rig?.subject !== subject) {
          rig?.close();
          rig = new Rig(subject, line => say(`${place} ${line}`), abort);
          await rig.build();
        }
        say(`${place} ${name}: ${fault.what}`);
        const run = await runOnce(one, rig, abort);
        keep(run);
        say(`${place} ${runLine(run)}`);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        if (abort.aborted) {
          say(`${place} ${name}: ended early; what was broken is healed${why === "" ? "" : ` (${why})`}`);
          failures.push(`${name}: ended early, and ${planned.length - i - 1} after it were not made`);
          break;
        }
        say(`${place} ${name} FAILED: ${why}`);
        failures.push(`${name}: ${why}`);
      }
    }
  } finally {
    rig?.close();
  }
  say("down");
  const { code, output } = await rackplane("down");
  if (code !== 0) failures.push(`./rackplane down ended with ${code}: ${output.slice(-1000)}`);
  return failures;
}

/** Lets work end in order at the first SIGINT or SIGTERM; the second one ends the process as ever. */
async function underSignals<T>(work: (abort: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  const end = () => abort.abort();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, end);
  try {
    return await work(abort.signal);
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, end);
  }
}

/** A peer is measured by the goals of the kind that it stands in for. */
function goalsOf(subjects: readonly Subject[]): Goals {
  return (kind, fault) => {
    const site = subjects.find(({ name }) => name === kind)?.site;
    return site === undefined ? undefined : goalOf(fault, site);
  };
}

/** The command as a person would type it. Pure. */
export function commandLine({ kind, fault, runs, json, against, docs }: FailoverOptions): string {
  const words = [
    ...(kind === undefined ? [] : ["--kind", kind]),
    ...(fault === undefined ? [] : ["--fault", fault]),
    ...["--runs", runs],
    ...(json === undefined ? [] : ["--json", json]),
    ...(against === undefined ? [] : ["--against", against]),
    ...(docs ? ["--docs"] : []),
  ];
  return `./rackplane bench failover ${words.map(word => (/^[\w./,:=-]+$/.test(word) ? word : `'${word}'`)).join(" ")}`;
}
