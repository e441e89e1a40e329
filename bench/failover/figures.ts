import { summarise } from "../probe/outcome";
import type { Answer, Figures, Run, Write } from "./record";

/** A record of a run before the checker has spoken on it. */
export type Recorded = Omit<Run, "figures">;

/**
 * The checker: what one run cost. Pure.
 *
 * An outage lasts from its first failure to its last, answers between them included: where several machines announce, one
 * that is dead fails its share of the clients and no other's.
 */
export function figuresOf(run: Recorded): Figures {
  const { connections, kept, watch, writes, injectedAt, healedAt, wholeAt } = run;
  const failed = connections.filter(answer => !answered(answer));
  const over = healedAt ?? injectedAt;
  return {
    outageSeconds: rounded(outage(connections)),
    failed: failed.length,
    requests: connections.length,
    keptOutageSeconds: rounded(Math.max(outage(kept), ...kept.map(({ tookSeconds }) => tookSeconds), 0)),
    watchGapSeconds: rounded(longestGap(watch, 0, endOf(run))),
    writeOutageSeconds: rounded(writeOutage(writes, endOf(run))),
    written: writes.filter(answered).length,
    lost: lostOf(writes).length,
    ...(wholeAt === undefined ? {} : { recoverySeconds: rounded(Math.max(0, wholeAt - over)) }),
  };
}

/** Whether the API said yes. */
export const answered = ({ answer }: Pick<Answer, "answer">): boolean => /^2\d\d$/.test(answer);

/** Writes that the API said were done and that are not there. */
export const lostOf = (writes: readonly Write[]): Write[] => writes.filter(write => answered(write) && !write.readBack);

/** Seconds of the longest outage, as the probe of the other suites has it: failures up to two seconds apart are one. */
const outage = (attempts: readonly Answer[]): number =>
  summarise(attempts.map(attempt => ({ at: attempt.sentAt, result: answered(attempt) ? "ok" : attempt.answer })))
    .outageSeconds;

/** Seconds between two acknowledgements, the longest; what the record begins and ends with counts, too. */
function writeOutage(writes: readonly Write[], end: number): number {
  if (writes.length === 0) return 0;
  const acknowledged = writes.filter(answered).map(({ sentAt, tookSeconds }) => sentAt + tookSeconds);
  return longestGap(acknowledged, Math.min(...writes.map(({ sentAt }) => sentAt)), end);
}

/** The longest time without an event between two times. */
function longestGap(events: readonly number[], begin: number, end: number): number {
  const within = [...events].sort((a, b) => a - b).filter(at => at > begin && at < end);
  return [...within, end].reduce(({ longest, last }, at) => ({ longest: Math.max(longest, at - last), last: at }), {
    longest: 0,
    last: begin,
  }).longest;
}

/** When the last client of a record was sent off: it says until when the record goes. */
const endOf = ({ connections, watch }: Recorded): number =>
  Math.max(0, ...connections.map(({ sentAt }) => sentAt), ...(connections.length === 0 ? watch : []));

const rounded = (seconds: number): number => Number(seconds.toFixed(2));
