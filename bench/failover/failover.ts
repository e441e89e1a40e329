import * as path from "node:path";
import { rackplane } from "../rack";
import { kindCases } from "../scenarios/kinds";
import { BENCH_FAULTS } from "./faults";
import { writeDocs } from "./docs";
import { writePictures } from "./pictures";
import { PEERS, peerKind, putPeer } from "./peers/peers";
import { planned, type Stage } from "./plan";
import type { Run } from "./record";
import { readReport, reportHead, writeReport } from "./report";
import { awaitWell, runOnce } from "./run";
import { comparison, failoverTable } from "./table";

export interface FailoverOptions {
  /** Names of kinds and peers, comma separated. @default all kinds of ours */
  readonly kind?: string;
  /** Names of faults, comma separated. @default all that apply */
  readonly fault?: string;
  /** Times that each fault happens. @default "1" */
  readonly runs: string;
  /** A file for the report, written after every run. */
  readonly json?: string;
  /** A folder for the pictures and the page that gathers them. */
  readonly pictures?: string;
  /** Writes the figures into docs/failover.md. */
  readonly docs?: boolean;
  /** A file of an earlier report, to compare with. */
  readonly against?: string;
}

/** Seconds in which a new cluster, and one that was broken before, has to be whole. */
const WHOLE = 240;

/** Ways of ours to hold the VIP; peers are asked for by name. */
const ours = () => kindCases("all").filter(kind => kind.faults.length > 0);

/** Lists what there is to choose from. */
export const failoverList = (): string =>
  BENCH_FAULTS.map(({ name, what, applies }) => {
    const kinds = ours();
    const at = kinds.filter(applies);
    return `${name.padEnd(28)}${what}${at.length === kinds.length ? "" : `  [${at.map(kind => kind.name).join(", ")}]`}`;
  }).join("\n");

/**
 * Breaks clusters of every kind in every way that was asked for, while clients of several kinds use them, and measures
 * what these notice. The rack is down afterwards.
 *
 * @throws Error naming unknown kinds and faults before anything is started
 */
export async function* failover(options: FailoverOptions, command: string): AsyncGenerator<string> {
  const names = (list: string | undefined) => list?.split(",").filter(Boolean) ?? [];
  const stages = planned(
    { kinds: names(options.kind), faults: names(options.fault), runs: Number(options.runs) },
    { kinds: [...ours(), ...(names(options.kind).length === 0 ? [] : PEERS.map(peerKind))], faults: BENCH_FAULTS },
  );
  const earlier = options.against === undefined ? undefined : readReport(path.resolve(options.against));
  const head = reportHead(command);
  const done: Run[] = [];
  const all = stages.reduce((n, { runs }) => n + runs.length, 0);
  const leave = onSignal();
  try {
    for (const stage of stages)
      for await (const told of staged(stage)) {
        if (typeof told === "string") yield told;
        else {
          done.push(told);
          if (options.json !== undefined) writeReport(path.resolve(options.json), head, done);
          yield `${done.length} of ${all}  ${oneLine(told)}`;
        }
      }
    yield `\n${failoverTable(done)}`;
    if (options.pictures !== undefined)
      yield `pictures: ${(await writePictures({ ...head, runs: done }, path.resolve(options.pictures))).at(-1) ?? ""}`;
    if (options.docs === true) await writeDocs({ ...head, runs: done });
    if (earlier !== undefined) yield `\nbefore (${earlier.at}) -> now\n${comparison(done, earlier.runs)}`;
  } finally {
    await rackplane("down");
    leave();
  }
}

/** The runs of one kind, each at a cluster that is whole: one that stays broken is made anew. */
async function* staged({ kind, runs }: Stage): AsyncGenerator<string | Run> {
  let fresh = false;
  for (const { fault, number } of runs) {
    let before = fresh ? await awaitWell(kind, WHOLE) : undefined;
    if (before === undefined) {
      yield fresh ? `${kind.name}: not whole within ${WHOLE} s; it is made anew` : `${kind.name}: up`;
      await upAnew(kind.stack);
      fresh = true;
      before = await awaitWell(kind, WHOLE);
      const peer = PEERS.find(({ name }) => name === kind.name);
      if (peer !== undefined && before !== undefined) {
        yield `${peer.name}: put onto its machines, in the words of ${peer.source}`;
        await putPeer(peer, before);
        before = await awaitWell(kind, WHOLE);
      }
      if (before === undefined)
        throw new Error(
          `${kind.name}: found a new cluster not whole after ${WHOLE} s; see './rackplane doctor --stack ${kind.stack}'`,
        );
    }
    yield `${kind.name}: ${fault.name}, run ${number}`;
    yield await runOnce(kind, fault, number, before);
  }
}

async function upAnew(stack: string): Promise<void> {
  for (const words of [["down"], ["up", "--stack", stack]]) {
    const { code, output } = await rackplane(...words);
    if (code !== 0) throw new Error(`./rackplane ${words.join(" ")}: exit code ${code}\n${output.slice(-4000)}`);
  }
}

const oneLine = ({ kind, fault, victims, figures: f, wholeAt }: Run): string =>
  `${kind}, ${fault} of ${victims.join(", ")}: outage ${f.outageSeconds} s, ${f.failed}/${f.requests} failed; at its end ${f.returnOutageSeconds} s; kept ${f.keptOutageSeconds} s; watch ${f.watchGapSeconds} s; writes ${f.writeOutageSeconds} s, ${f.lost} of ${f.written} lost; ${wholeAt === undefined ? "NOT WHOLE" : `whole after ${f.recoverySeconds} s`}`;

/** Whoever breaks off leaves no rack with a fault in it. @returns what ends that care */
function onSignal(): () => void {
  const end = () => void rackplane("down").finally(() => process.exit(130));
  process.once("SIGINT", end).once("SIGTERM", end);
  return () => process.off("SIGINT", end).off("SIGTERM", end);
}
