import { figuresOf, type Trace } from "../../../bench/failover/check";
import type { Answer, Report, Run, Write } from "../../../bench/failover/record";

/** Answers at a rate from second 0, those between `from` and `to` bad. */
export const answers = (
  rate: number,
  seconds: number,
  [from, to]: readonly [number, number],
  bad = "timeout",
): Answer[] =>
  Array.from({ length: rate * seconds }, (_, n) => n / rate).map(sentAt => ({
    sentAt,
    tookSeconds: 0.01,
    answer: sentAt >= from && sentAt < to ? bad : "ok",
  }));
export const written = (list: readonly Answer[], missing: readonly number[] = []): Write[] =>
  list.map((answer, n) => ({ ...answer, value: String(n), readBack: answer.answer === "ok" && !missing.includes(n) }));

export const trace = (change: Partial<Trace> = {}): Trace => ({
  kind: "bgp",
  fault: "power-off",
  number: 1,
  victims: ["bgp-cp-0"],
  at: "2026-12-01T00:00:00.000Z",
  injectedAt: 4,
  healedAt: 10,
  askedAt: 10,
  wholeAt: 15,
  connections: answers(20, 20, [4, 5.5]),
  kept: answers(10, 20, [4, 6]),
  watch: answers(4, 20, [0, 0]).map(({ sentAt }) => sentAt),
  writes: written(answers(10, 20, [4, 5])),
  seen: [],
  ...change,
});
export const run = (change: Partial<Trace> = {}): Run => {
  const recorded = trace(change);
  return { ...recorded, figures: figuresOf(recorded) };
};

/** A report with these runs. */
export const report = (runs: readonly Run[]): Report => ({
  version: 1,
  at: "2026-12-01T00:00:00.000Z",
  command: "./rackplane bench failover --kind bgp",
  commit: "0123456789abcdef0123456789abcdef01234567",
  host: { cores: 2, model: "A processor", memoryGiB: 24, kernel: "6.18.0" },
  runs,
});
