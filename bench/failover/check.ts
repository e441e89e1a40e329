import { summarise } from "../probe/outcome";
import type { Answer, Figures, Run } from "./record";

/** What a run saw, before anybody has judged it. */
export type Trace = Omit<Run, "figures">;

/** The checker's words on a run. Pure. */
export function figuresOf(trace: Trace): Figures {
  const connections = summarised(trace.connections);
  const until = (from: number, to: number) =>
    summarised(trace.connections.filter(({ sentAt }) => sentAt >= from && sentAt < to)).outageSeconds;
  const acknowledged = trace.writes.filter(({ answer }) => answer === "ok");
  // A stretch that does not end within the run counts up to the run's end.
  const end = Math.max(0, ...trace.connections.map(({ sentAt }) => sentAt));
  return {
    outageSeconds: until(0, trace.healedAt ?? Infinity),
    returnOutageSeconds: until(trace.healedAt ?? Infinity, Infinity),
    failed: connections.failed,
    requests: connections.total,
    keptOutageSeconds: summarised(trace.kept).outageSeconds,
    watchGapSeconds: longestGap([...trace.watch, end]),
    writeOutageSeconds: longestGap([...acknowledged.map(({ sentAt, tookSeconds }) => sentAt + tookSeconds), end]),
    written: trace.writes.length,
    lost: acknowledged.filter(({ readBack }) => !readBack).length,
    ...(trace.wholeAt === undefined ? {} : { recoverySeconds: round(trace.wholeAt - trace.askedAt) }),
  };
}

const summarised = (answers: readonly Answer[]) =>
  summarise(answers.map(({ sentAt, answer }) => ({ at: sentAt, result: answer })));

/** The longest time between two moments, whatever their order in the list; 0 for fewer than two. */
function longestGap(moments: readonly number[]): number {
  const inOrder = [...moments].sort((a, b) => a - b);
  return round(Math.max(0, ...inOrder.slice(1).map((moment, i) => moment - (inOrder[i] ?? moment))));
}

const round = (seconds: number): number => Number(seconds.toFixed(2));
