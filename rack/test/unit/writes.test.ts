import { expect, test } from "vitest";
import { type Answer, lostOf, nameOf, writeAll } from "../../../bench/probe/write-outcome";
import { kindCases } from "../../../bench/scenarios/kinds";
import { kindTable } from "../../../bench/table";

/** Time passes only when somebody waits. */
function clock() {
  let at = 0;
  return {
    now: () => at,
    pass: async (seconds: number) => {
      at += seconds;
    },
  };
}
const load = { count: 10, rate: 10, seconds: 5, writers: 2 };

test("every write is made once and acknowledged when all is well", async () => {
  const made: number[] = [];
  const outcome = await writeAll(
    load,
    async n => {
      made.push(n);
      return "created";
    },
    clock(),
  );
  expect(made.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(outcome).toEqual({ asked: 10, acknowledged: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], failedAttempts: 0 });
});

test("a write that fails is made again; one that is there already was made by an attempt whose answer was lost", async () => {
  const answers: Answer[] = ["failed", "failed", "exists"];
  const outcome = await writeAll({ ...load, count: 1, writers: 1 }, async () => answers.shift() ?? "failed", clock());
  expect(outcome).toEqual({ asked: 1, acknowledged: [0], failedAttempts: 2 });
});

test("writing ends when its time is over, however many failed", async () => {
  const outcome = await writeAll(load, async () => "failed", clock());
  expect(outcome.acknowledged).toEqual([]);
  expect(outcome.failedAttempts).toBeGreaterThan(5);
});

test("lost is what was acknowledged and is not there as it was written; what was never acknowledged is not", () => {
  const there = new Map([
    [nameOf(0), "0"],
    [nameOf(1), "7"],
  ]);
  expect(lostOf([0, 1, 2], there)).toEqual(["write-0001", "write-0002"]);
});

test("the table of kinds has a line for each, and dashes where a run broke off", () => {
  const outcome = { total: 800, failed: 3, outageSeconds: 0.4, unansweredSeconds: 0.4, outages: 1, reasons: {} };
  const writes = { asked: 500, acknowledged: 500, failedAttempts: 1, lost: [], seconds: 25 };
  expect(
    kindTable([
      { kind: "arp", setUpSeconds: 101.2, announcers: ["arp-cp-0"], faults: { "kill-apiserver": { outcome, writes } } },
      { kind: "external", announcers: [], faults: {} },
    ])
      .split("\n")
      .map(line => line.replace(/ {2,}/g, " | ")),
  ).toEqual([
    "kind | set-up s | announced by | kill-apiserver: failed | outage s | writes | lost | power-off: failed | outage s | writes | lost | reboot: failed | outage s | writes | lost",
    "arp | 101 | arp-cp-0 | 3/800 | 0.40 | 500/500 | 0 | - | - | - | - | - | - | - | -",
    "external | - | (not ours) | - | - | - | - | - | - | - | - | - | - | - | -",
  ]);
});

test("one kind can be run alone, by a name that there is", () => {
  expect(kindCases("workers")).toMatchObject([
    { stack: "rack-workers", announcers: 1, workers: ["workers-general-0", "workers-general-1", "workers-edge-0"] },
  ]);
  expect(kindCases("balancers")).toMatchObject([{ balancers: ["balancers-lb-0", "balancers-lb-1"] }]);
  expect(() => kindCases("carp")).toThrow(/expected one of bgp, bird, arp, haproxy/);
});
