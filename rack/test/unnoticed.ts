import { expect } from "vitest";
import { figure } from "../../bench/rack";
import type { Seen, WatchedUp } from "../../bench/scenarios/watched";

/** Seconds in which a reader at the VIP may have no answer at all. */
const LONGEST = 0.5;
/**
 * A request that is under way in the moment when the VIP moves may be reset, as its packets come to another machine then:
 * one or two of 20 a second, and an `up` of three members moves it three times at most.
 */
const RESET = 6;

/** Prints what an `up` took and cost. */
export function tellWatched(what: string, { up, read, written }: WatchedUp): void {
  figure(
    what,
    `${up.seconds.toFixed(0)} s; failed of read ${read.failed}/${read.total}, outage ${read.outageSeconds} s, ${read.unansweredSeconds} s without any answer ${read.longestAt ?? ""} ${JSON.stringify(read.reasons)}; of written ${written.failedAttempts}/${written.asked}, lost ${written.lost.length}`,
  );
}

/** Nobody at the VIP has lost anything: every write is there, and reads went on. */
export function expectUnnoticed({ read, written }: Seen): void {
  expect([written.acknowledged, written.lost]).toEqual([written.asked, []]);
  expect(read.unansweredSeconds, JSON.stringify(read.reasons)).toBeLessThanOrEqual(LONGEST);
  expect(read.failed, JSON.stringify(read.reasons)).toBeLessThanOrEqual(RESET);
}

/** An `up` that has ended well, of which nobody at the VIP noticed anything. */
export function expectUnnoticedUp({ up, ...seen }: WatchedUp): void {
  expect(up.code, up.output.slice(-6000)).toBe(0);
  expectUnnoticed(seen);
}
