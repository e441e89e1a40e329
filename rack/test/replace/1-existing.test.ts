import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { figure, journal, rackplane, statusNow, until, whole } from "../../../bench/rack";
import { fewestAnnouncers } from "../../../bench/scenarios/announcing";
import { keptAtLast } from "../../../bench/scenarios/kept";
import {
  alike,
  generationOn,
  keysOn,
  membersSeenBy,
  newIn,
  nodeIds,
  plant,
  planted,
  workerKey,
} from "../../../bench/scenarios/members";
import { losing, replacing, upAt, withoutApiServer, type Asked } from "../../../bench/scenarios/replace";
import { readStackFile } from "../../cli/stack-file";
import { formationsBegun, formedOn } from "../formed-once";
import { freshStack } from "../fresh-stack";
import { expectUnnoticed, expectUnnoticedUp, tellWatched } from "../unnoticed";

const STACK = "rack-replace";
const MEMBERS = ["replace-cp-0", "replace-cp-1", "replace-cp-2"];
const WORKER = "replace-general-0";
const [FIRST = "", SECOND = "", LAST = ""] = MEMBERS;
const well = whole(3, { workers: 1 });
/** One after the other, as a person's edits of the stack file would be. */
const FIRST_ONCE: Asked = { of: { [FIRST]: 1 } };
const WORKER_TOO: Asked = { of: { [FIRST]: 1, [WORKER]: 1 } };
const ALL: Asked = { all: 2 };

/** Seconds for which an `up` may be longer that replaces a dead machine than one that replaces a living one. */
const WAITS_AT_MOST = 60;

describe("machines that exist, over BGP,", () => {
  let cluster = "";
  /** Seconds of the `up` that replaced the first machine. */
  let usual = 0;
  beforeAll(async () => {
    await freshStack(STACK, well);
    cluster = (await membersSeenBy(LAST)).cluster;
  });
  afterEach(async context => {
    if (context.task.result?.state === "fail")
      for (const name of [...MEMBERS, WORKER]) process.stdout.write(`${name}:\n${await journal(name)}\n`);
  });

  /** The cluster is the one that was formed, and these of its members are new and no others. */
  async function expectNewMembers(expected: readonly string[], before: Readonly<Record<string, string>>) {
    const now = await membersSeenBy(LAST);
    expect(now.cluster).toBe(cluster);
    expect(Object.keys(now.ids).sort()).toEqual(MEMBERS);
    expect(newIn(now.ids, before)).toEqual(expected);
  }

  test("the first one leaves and joins anew in one `up`, with keys of its own that are new; neither a reader nor a writer at the VIP loses anything", async () => {
    const { ids } = await membersSeenBy(LAST);
    const nodes = await nodeIds();
    const keys = await keysOn(FIRST);
    await plant(FIRST, "planted");
    const applied = await replacing(STACK, FIRST_ONCE);
    tellWatched("the first machine is replaced", applied);
    expectUnnoticedUp(applied);
    usual = applied.up.seconds;
    await until("the cluster to be whole", 120, well);
    await expectNewMembers([FIRST], ids);
    expect(newIn(await nodeIds(), nodes)).toEqual([FIRST]);
    const now = await keysOn(FIRST);
    expect(alike(now.own, keys.own)).toEqual([]);
    expect(now.shared).toEqual(keys.shared);
    expect(await planted(FIRST, "planted")).toEqual([]);
    expect(await generationOn(FIRST)).toBe(1);
    // It formed the cluster once, and joined the second time.
    expect(await formationsBegun(FIRST)).toBe(1);
    expect(await formedOn(MEMBERS)).toEqual([]);
  });

  test("the next `up` replaces nothing", async () => {
    const { ids } = await membersSeenBy(LAST);
    const again = await upAt(STACK, FIRST_ONCE);
    expect(again.code, again.output.slice(-4000)).toBe(0);
    expect(again.output).not.toMatch(/^ +[~+-] +\d+ /m);
    await expectNewMembers([], ids);
  });

  test("a worker leaves and joins anew, and no member with it", async () => {
    const { ids } = await membersSeenBy(LAST);
    const nodes = await nodeIds();
    const key = await workerKey(WORKER);
    const applied = await replacing(STACK, WORKER_TOO);
    tellWatched("a worker is replaced", applied);
    expectUnnoticedUp(applied);
    await until("the cluster to be whole", 120, well);
    await expectNewMembers([], ids);
    expect(newIn(await nodeIds(), nodes)).toEqual([WORKER]);
    expect(alike(await workerKey(WORKER), key)).toEqual([]);
    expect(await generationOn(WORKER)).toBe(1);
  });

  test("none leaves while another member's API server is dead: `up` names that one, nothing has changed, the VIP serves", async () => {
    const { ids } = await membersSeenBy(FIRST);
    const keys = await keysOn(LAST);
    await withoutApiServer(SECOND, async () => {
      const applied = await replacing(STACK, { of: { ...WORKER_TOO.of, [LAST]: 1 } });
      tellWatched("a machine is to leave while another is dead", applied);
      expect(applied.up.code).not.toBe(0);
      // By name or by address, as health names it.
      const { machines } = await statusNow();
      const address = machines.find(({ name }) => name === SECOND)?.address ?? SECOND;
      expect(applied.up.output).toMatch(
        new RegExp(`${LAST}.*(${SECOND}|${address.replaceAll(".", "\\.")})[^\\n]*not ready`),
      );
      expectUnnoticed(applied);
      const now = await membersSeenBy(FIRST);
      expect(now).toEqual({ cluster, ids });
      expect(await keysOn(LAST)).toEqual(keys);
    });
    await until("the dead one to serve again", 120, well);
    // Taken back, it is as if it had never been asked for.
    const back = await upAt(STACK, WORKER_TOO);
    expect(back.code, back.output.slice(-4000)).toBe(0);
    await expectNewMembers([], ids);
  });

  test("one number replaces every member and the worker in one `up`, one at a time, and neither a reader nor a writer at the VIP loses anything", async () => {
    const { ids } = await membersSeenBy(LAST);
    const nodes = await nodeIds();
    const { fewest, value: applied } = await fewestAnnouncers(STACK, () => replacing(STACK, ALL));
    tellWatched("all machines are replaced", applied);
    figure("the fewest machines that announced the VIP meanwhile", fewest);
    expectUnnoticedUp(applied);
    expect(fewest).toBe(2);
    await until("the cluster to be whole", 120, well);
    await expectNewMembers(MEMBERS, ids);
    expect(newIn(await nodeIds(), nodes)).toEqual([...MEMBERS, WORKER].sort());
    for (const machine of [...MEMBERS, WORKER]) expect(await generationOn(machine), machine).toBe(2);
    expect(await formationsBegun(FIRST)).toBe(1);
  });

  test("a dead one whose disk is gone is replaced in one `up`, which waits on it no longer than a minute", async () => {
    const { ids } = await membersSeenBy(LAST);
    await losing(SECOND);
    const applied = await replacing(STACK, ALL);
    tellWatched("a dead machine is replaced", applied);
    expectUnnoticedUp(applied);
    expect(applied.up.seconds).toBeLessThanOrEqual(usual + WAITS_AT_MOST);
    await until("the cluster to be whole", 120, well);
    await expectNewMembers([SECOND], ids);
    expect(await formedOn(MEMBERS)).toEqual([]);
    // It is of this generation from its first day on: the next `up` does not replace it once more.
    const again = await upAt(STACK, ALL);
    expect(again.code, again.output.slice(-4000)).toBe(0);
    await expectNewMembers([SECOND], ids);
  });

  test("all of them are destroyed within two minutes, and keep nothing", async () => {
    const destroyed = await rackplane("pulumi", "--stack", STACK, "destroy", "--yes", "--skip-preview");
    figure("three members and a worker are destroyed, seconds", destroyed.seconds.toFixed(0));
    expect(destroyed.code, destroyed.output.slice(-4000)).toBe(0);
    expect(destroyed.seconds).toBeLessThanOrEqual(120);
    const vip = readStackFile(STACK).endpoint.address ?? "";
    for (const name of [...MEMBERS, WORKER]) expect(await keptAtLast(name, vip), `${name} keeps`).toEqual([]);
  });
});

afterAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});
