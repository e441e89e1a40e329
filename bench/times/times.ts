import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { pulumiOutput } from "../../rack/cli/pulumi";
import { taken } from "../../rack/suites/taken";
import { SUITES } from "../../rack/suites/table";
import { rackplane, statusNow } from "../rack";
import { byHand } from "./by-hand";
import { phasesOf, stages, type Made } from "./phases";

export interface Row {
  readonly name: string;
  readonly seconds: number;
}

/**
 * How long a person waits, on the stack `rack`: `up` by its phases, `up` again, and the same machines made a control
 * plane by hand. The rack is down afterwards.
 *
 * @param cold besides, an `up` with no cache at all: tools, modules and images are had anew, into a folder that is
 * removed again
 */
export async function* measureTimes(cold: boolean): AsyncGenerator<string> {
  yield `cores: ${os.availableParallelism()}, ${os.cpus()[0]?.model ?? "of an unknown kind"}; load now ${os.loadavg()[0]?.toFixed(1)}`;
  if (cold) yield table("up, nothing built or fetched before", await upCold());
  await well("down");
  const begin = Date.now();
  const up = await well("up");
  const phases = phasesOf(up.output);
  const pulumi = phases.find(({ name }) => name.startsWith("pulumi up"));
  const beforePulumi = phases.slice(0, phases.indexOf(pulumi ?? { name: "", seconds: 0 }));
  const pulumiBegan = begin + (up.seconds - total(phases)) * 1000 + sum(beforePulumi) * 1000;
  yield table("up, tools and images built", phases);
  yield table("of pulumi up", stages(await made(), pulumiBegan));
  yield table("up again", phasesOf((await well("up")).output));
  const { machines } = await statusNow();
  const hand = await byHand([...machines].sort((a, b) => a.name.localeCompare(b.name)));
  yield table("by hand, on the same machines, no VIP", [
    { name: "kubeadm init", seconds: hand.init },
    ...hand.joins.map((seconds, i) => ({ name: `kubeadm join, machine ${i + 2}`, seconds })),
    { name: "all nodes Ready", seconds: hand.ready },
    { name: "all", seconds: hand.init + sum(hand.joins.map(seconds => ({ name: "", seconds }))) + hand.ready },
  ]);
  await well("down");
  yield suitesTable();
}

const sum = (rows: readonly Row[]): number => rows.reduce((n, { seconds }) => n + seconds, 0);
/** The last line of a report of phases is their sum. */
const total = (phases: readonly Row[]): number => phases.at(-1)?.seconds ?? 0;

const table = (title: string, rows: readonly Row[]): string =>
  [`\n${title}`, ...rows.map(({ name, seconds }) => `  ${seconds.toFixed(1).padStart(7)} s  ${name}`)].join("\n");

function suitesTable(): string {
  const rows = SUITES.map(({ name }) => [name, taken()[name]] as const).flatMap(([name, minutes]) =>
    minutes === undefined ? [] : [{ name, seconds: minutes * 60 }],
  );
  return table("suites, the last time each passed here", rows);
}

async function made(): Promise<Made[]> {
  const text = await pulumiOutput("rack", ["stack", "export"]);
  return (JSON.parse(text) as { deployment: { resources?: Made[] } }).deployment.resources ?? [];
}

async function well(...args: string[]): Promise<{ output: string; seconds: number }> {
  const run = await rackplane(...args);
  if (run.code !== 0)
    throw new Error(
      `./rackplane ${args.join(" ")} ended with ${run.code}; its last words:\n${run.output.slice(-3000)}`,
    );
  return run;
}

/** Every cache that an `up` fills is an empty folder. */
async function upCold(): Promise<Row[]> {
  const folder = fs.mkdtempSync(path.join(os.homedir(), ".rackplane-cold-"));
  const before = { ...process.env };
  Object.assign(process.env, {
    RACKPLANE_CACHE: path.join(folder, "cache"),
    GOCACHE: path.join(folder, "go-build"),
    GOMODCACHE: path.join(folder, "go-modules"),
    // Go makes its modules read-only, and the folder has to go.
    GOFLAGS: `${process.env.GOFLAGS ?? ""} -modcacherw`.trim(),
  });
  try {
    await well("down");
    const { output } = await well("up");
    await well("down");
    return phasesOf(output);
  } finally {
    process.env = before;
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
