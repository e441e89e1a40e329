import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { answered, figuresOf, lostOf, type Recorded } from "../../../bench/failover/figures";
import { leaderOf } from "../../../bench/failover/leader";
import { changesOf } from "../../../bench/failover/observer";
import type { Answer, Write } from "../../../bench/failover/record";
import { seenOf } from "../../../bench/failover/seen";

/** Attempts `rate` times a second over a minute; those sent within a stretch fail as it says. */
const attempts = (rate: number, ...bad: { from: number; to: number; answer: string; took?: number }[]): Answer[] =>
  Array.from({ length: 60 * rate }, (_, i) => i / rate).map(sentAt => {
    const found = bad.find(({ from, to }) => sentAt >= from && sentAt < to);
    return { sentAt, tookSeconds: found?.took ?? 0.01, answer: found?.answer ?? "200" };
  });

const written = (answers: readonly Answer[]): Write[] =>
  answers.map((answer, n) => ({
    ...answer,
    answer: answer.answer === "200" ? "201" : answer.answer,
    value: `value-${n}`,
    readBack: answer.answer === "200",
  }));

/** A quiet minute, besides what is told. */
const run = (change: Partial<Recorded> = {}): Recorded => ({
  kind: "arp",
  fault: "power-off",
  number: 1,
  victims: ["arp-cp-0"],
  at: "2026-01-01T00:00:00.000Z",
  injectedAt: 10,
  healedAt: 30,
  wholeAt: 41.5,
  connections: attempts(20),
  kept: attempts(10),
  watch: Array.from({ length: 240 }, (_, i) => i / 4),
  writes: written(attempts(5)),
  seen: [],
  ...change,
});

describe("the checker", () => {
  test("finds nothing in a quiet minute", () => {
    expect(figuresOf(run())).toEqual({
      outageSeconds: 0,
      failed: 0,
      requests: 1200,
      keptOutageSeconds: 0.01,
      watchGapSeconds: 0.25,
      writeOutageSeconds: 0.2,
      written: 300,
      lost: 0,
      recoverySeconds: 11.5,
    });
  });

  // The shape of a power loss by ARP: nobody answers, the first clients hang for their second, the watch waits its 45 s out.
  test("tells a power loss by what each kind of client had of it", () => {
    const figures = figuresOf(
      run({
        connections: attempts(20, { from: 10, to: 15.75, answer: "timeout", took: 1 }),
        kept: attempts(10, { from: 10, to: 15, answer: "timeout", took: 10 }),
        watch: run().watch.filter(at => at < 10 || at > 54.9),
        writes: written(attempts(5, { from: 10, to: 15.9, answer: "timeout", took: 2 })),
      }),
    );
    expect(figures).toMatchObject({ outageSeconds: 5.7, failed: 115, keptOutageSeconds: 10, watchGapSeconds: 45.25 });
    expect(figures).toMatchObject({ writeOutageSeconds: 6.2, written: 270, lost: 0 });
  });

  test("counts an outage of a share of the clients from its first failure to its last", () => {
    const thirds = attempts(20).map((answer, i) =>
      answer.sentAt >= 10 && answer.sentAt < 12 && i % 3 === 0 ? { ...answer, answer: "timeout" } : answer,
    );
    const { outageSeconds, failed } = figuresOf(run({ connections: thirds }));
    expect(failed).toBeGreaterThan(10);
    expect(outageSeconds).toBeGreaterThan(1.7);
    expect(outageSeconds).toBeLessThan(2);
  });

  test("says that an answer which is no yes is a failure", () => {
    expect(figuresOf(run({ connections: attempts(20, { from: 10, to: 10.1, answer: "500" }) })).failed).toBe(2);
    expect(["200", "201", "403", "ECONNRESET", "timeout", "2000"].filter(answer => answered({ answer }))).toEqual([
      "200",
      "201",
    ]);
  });

  test("says of a kept connection whichever is longer, one wait or no answers in a row", () => {
    const refused = attempts(10, { from: 10, to: 14.05, answer: "ECONNREFUSED", took: 0.001 });
    expect(figuresOf(run({ kept: refused })).keptOutageSeconds).toBe(4);
  });

  test("counts a silence that the record ends with", () => {
    const early = run().watch.filter(at => at < 20);
    expect(figuresOf(run({ watch: early })).watchGapSeconds).toBeCloseTo(40.2, 1);
    expect(figuresOf(run({ watch: [] })).watchGapSeconds).toBeCloseTo(59.95, 1);
    const writes = written(attempts(5, { from: 20, to: 60, answer: "timeout" }));
    expect(figuresOf(run({ writes })).writeOutageSeconds).toBeGreaterThan(40);
  });

  test("counts back to whole from the healing, or from the injection of what ends by itself; not at all where it never was", () => {
    expect(figuresOf(run({ healedAt: undefined })).recoverySeconds).toBe(31.5);
    expect(figuresOf(run({ wholeAt: undefined }))).not.toHaveProperty("recoverySeconds");
  });

  test("says lost of a value that was acknowledged and is not there, and of no other", () => {
    const [first, second, ...others] = written(attempts(5)) as [Write, Write, ...Write[]];
    const writes = [{ ...first, readBack: false }, { ...second, answer: "timeout", readBack: false }, ...others];
    expect(lostOf(writes)).toEqual([writes[0]]);
    expect(figuresOf(run({ writes })).lost).toBe(1);
  });
});

describe("of any record", () => {
  const answer = fc.record({
    sentAt: fc.double({ min: 0, max: 60, noNaN: true }),
    tookSeconds: fc.double({ min: 0, max: 10, noNaN: true }),
    answer: fc.constantFrom("200", "timeout", "ECONNRESET", "500"),
  });
  const write = fc
    .tuple(answer, fc.record({ value: fc.string(), readBack: fc.boolean() }))
    .map(([sent, kept]) => ({ ...sent, ...kept }));
  const recorded = fc
    .record({
      connections: fc.array(answer, { maxLength: 60 }),
      kept: fc.array(answer, { maxLength: 60 }),
      watch: fc.array(fc.double({ min: 0, max: 60, noNaN: true }), { maxLength: 60 }),
      writes: fc.array(write, { maxLength: 60 }),
    })
    .map(run);

  test("an outage is no longer than the record, and none without a failure", () => {
    fc.assert(
      fc.property(recorded, record => {
        const { outageSeconds, failed, requests } = figuresOf(record);
        expect(outageSeconds).toBeGreaterThanOrEqual(0);
        expect(outageSeconds).toBeLessThanOrEqual(60);
        expect(failed).toBeLessThanOrEqual(requests);
        if (failed < 2) expect(outageSeconds).toBe(0);
      }),
    );
  });

  test("one more failure makes no figure better", () => {
    fc.assert(
      fc.property(recorded, fc.nat(), (record, n) => {
        const at = n % Math.max(1, record.connections.length);
        const worse = record.connections.map((one, i) => (i === at ? { ...one, answer: "timeout" } : one));
        const [before, after] = [figuresOf(record), figuresOf({ ...record, connections: worse })];
        expect(after.outageSeconds).toBeGreaterThanOrEqual(before.outageSeconds);
        expect(after.failed).toBeGreaterThanOrEqual(before.failed);
      }),
    );
  });

  test("the order in which it was written down changes nothing", () => {
    fc.assert(
      fc.property(recorded, record => {
        const turned = {
          ...record,
          connections: [...record.connections].reverse(),
          kept: [...record.kept].reverse(),
          watch: [...record.watch].reverse(),
          writes: [...record.writes].reverse(),
        };
        expect(figuresOf(turned)).toEqual(figuresOf(record));
      }),
    );
  });

  test("lost are acknowledged ones alone", () => {
    fc.assert(
      fc.property(recorded, record => {
        const { lost, written: acknowledged } = figuresOf(record);
        expect(lost).toBeLessThanOrEqual(acknowledged);
      }),
    );
  });
});

describe("etcd's leader", () => {
  const word = (machine: string, term: number, leader: string) => ({ machine, id: machine, term, leader });

  test("is who a majority names in the newest term", () => {
    expect(leaderOf([word("a", 4, "a"), word("b", 5, "c"), word("c", 5, "c")], 3)).toBe("c");
  });

  test("is none on the word of a minority, also of the only one that answers", () => {
    expect(leaderOf([word("a", 4, "a")], 3)).toBeUndefined();
    expect(leaderOf([word("a", 4, "a"), word("b", 5, "b"), word("c", 6, "c")], 3)).toBeUndefined();
  });

  test("is none while an election is on, nor where the one that is named is silent", () => {
    expect(leaderOf([word("a", 5, "0"), word("b", 5, "0"), word("c", 5, "0")], 3)).toBeUndefined();
    expect(leaderOf([word("a", 5, "c"), word("b", 5, "c")], 3)).toBeUndefined();
  });
});

describe("what was seen", () => {
  const sight = (at: number, ...announcers: string[]) => ({ at, announcers });

  test("is kept where it changes: the last of what was, the first of what is", () => {
    const sights = [sight(0, "a"), sight(1, "a"), sight(2, "a"), sight(3), sight(4), sight(5, "b"), sight(6, "b")];
    expect(changesOf(sights).map(({ at }) => at)).toEqual([0, 2, 3, 4, 5, 6]);
  });

  test("is one row of announcers and leaders, each entry with all that was known then", () => {
    const says = ["a", "b", "c"].map(machine => ({ machine, id: machine, term: 2, leader: "b" }));
    const looks = [
      { at: 0.5, says },
      { at: 2.5, says: [] },
    ];
    expect(seenOf([sight(0, "a"), sight(1, "a"), sight(2)], looks, 3)).toEqual([
      { at: 0, announcers: ["a"] },
      { at: 0.5, announcers: ["a"], leader: "b" },
      { at: 1, announcers: ["a"], leader: "b" },
      { at: 2, announcers: [], leader: "b" },
      { at: 2.5, announcers: [] },
    ]);
  });
});
