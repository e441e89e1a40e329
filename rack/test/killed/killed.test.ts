import { randomInt } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { figure, journal, rackplane, until } from "../../../bench/rack";
import { upKilledAt } from "../../../bench/scenarios/interrupted-up";
import { keptAtLast } from "../../../bench/scenarios/kept";
import { membersSeenBy, newIn, type Members } from "../../../bench/scenarios/members";
import { generations } from "../../../bench/scenarios/replace";
import { between, KILLED, sized, wellAt, type Size } from "../../../bench/scenarios/scale";
import { edited } from "../../../bench/scenarios/settings";
import { withStackFile } from "../../../bench/scenarios/stack-edit";
import { secondHome, twoAtOnce, upFrom } from "../../../bench/scenarios/two-at-once";
import { drawn, upsKilled, watchedKilled } from "../../../bench/scenarios/ups-killed";
import { watched } from "../../../bench/scenarios/watched";
import { readStackFile } from "../../cli/stack-file";
import { onMachine } from "../../cli/operator";
import { formationsBegun, formedOn } from "../formed-once";
import { expectUnnoticed } from "../unnoticed";

const { stack, members: CONTROL_PLANE } = KILLED;
const VIP = readStackFile(stack).endpoint.address ?? "";
const THREE: Size = { members: 3, workers: 0 };
const FIVE: Size = { members: 5, workers: 0 };
const [FIRST = "", SECOND = "", THIRD = ""] = CONTROL_PLANE;

/** How often `up` is killed: in equal parts while the cluster is made, replaced, grows and shrinks. */
const KILLS = Number(process.env.KILLS ?? 20);
/** Seconds of an `up`. It needs ten to reach the first machine, and each of the four takes more than a minute in all. */
const MOMENTS = [6, 45] as const;
/** Seconds for one of the four, however often it is killed. */
const LONGEST = 1200;

const seed = Number(process.env.SEED ?? randomInt(2 ** 32));
const all = drawn(seed, KILLS, MOMENTS);
const momentsOf = (part: 0 | 1 | 2 | 3) =>
  all.slice(Math.round((part * KILLS) / 4), Math.round(((part + 1) * KILLS) / 4));

const REPLACED = { of: { [FIRST]: 1, [THIRD]: 1 } };
const SECOND_TOO = { of: { ...REPLACED.of, [SECOND]: 1 } };

describe("an `up` that is killed at random moments and run again", () => {
  let formed: Members = { cluster: "", ids: {} };
  let begun = 0;
  let kills = 0;
  beforeAll(async () => {
    expect((await rackplane("down")).code).toBe(0);
    figure("SEED, KILLS and the moments, in seconds", `${seed}, ${KILLS}: ${all.join(", ")}`);
    // The rack itself is brought up by it, which is not what is killed here.
    await upKilledAt(/ creating/, 900, "--stack", stack);
  });
  afterEach(async context => {
    if (context.task.result?.state !== "fail") return;
    for (const name of CONTROL_PLANE)
      process.stdout.write(`${name}:\n${await journal(name).catch(error => String(error))}\n`);
  });

  /** The cluster of that size is well, and is the one that was formed, of which these members are new. */
  async function expectMembers(size: Size, before: Members, news: readonly string[]): Promise<Members> {
    await until("the cluster to be whole", 180, wellAt(KILLED, size));
    const now = await membersSeenBy(SECOND);
    expect(now.cluster).toBe(formed.cluster);
    expect(Object.keys(now.ids).sort()).toEqual(CONTROL_PLANE.slice(0, size.members));
    expect(newIn(now.ids, before.ids)).toEqual(news);
    expect(await formationsBegun(FIRST)).toBe(begun);
    return now;
  }

  /** One edit by an `up` that is killed: the last one ends it, and neither a reader nor a writer at the VIP loses anything. */
  async function expectCarriedOut(what: string, part: 1 | 2 | 3, edit: (text: string) => string): Promise<void> {
    const { killed, last, read, written } = await watchedKilled(stack, edit, momentsOf(part), LONGEST);
    kills += killed.length;
    figure(
      `${what}: killed after s; seconds of the last; failed of read, of written; lost`,
      `${killed.join(", ")}; ${last.seconds.toFixed(0)}; ${read.failed}/${read.total} ${JSON.stringify(read.reasons)}, ${written.failedAttempts}/${written.asked}; ${written.lost.length}`,
    );
    expect(last.code, last.output.slice(-6000)).toBe(0);
    expectUnnoticed({ read, written });
  }

  const replaced = edited(generations(REPLACED));

  test(
    "makes a cluster, formed once",
    async () => {
      const { killed, last } = await upsKilled(stack, momentsOf(0));
      kills += killed.length;
      figure("made: killed after s; seconds of the last", `${killed.join(", ")}; ${last.seconds.toFixed(0)}`);
      expect(last.code, last.output.slice(-6000)).toBe(0);
      await until("the cluster to be whole", 120, wellAt(KILLED, THREE));
      formed = await membersSeenBy(FIRST);
      begun = await formationsBegun(FIRST);
      // A formation that was cut starts over, before the machine serves anything.
      expect(begun).toBeGreaterThanOrEqual(1);
      expect(begun).toBeLessThanOrEqual(1 + killed.length);
      expect(await formedOn(CONTROL_PLANE.slice(0, 3))).toEqual([FIRST]);
    },
    LONGEST * 1000,
  );

  test(
    "replaces two members, the first among them",
    async () => {
      await expectCarriedOut("two are replaced", 1, replaced);
      await expectMembers(THREE, formed, [FIRST, THIRD]);
      expect(await formedOn(CONTROL_PLANE.slice(0, 3))).toEqual([]);
    },
    LONGEST * 1000,
  );

  test(
    "grows to five members",
    async () => {
      const before = await membersSeenBy(SECOND);
      await expectCarriedOut("it grows", 2, text => sized(KILLED, FIVE)(replaced(text)));
      await expectMembers(FIVE, before, CONTROL_PLANE.slice(3));
    },
    LONGEST * 1000,
  );

  test(
    "shrinks to three, and what left keeps nothing",
    async () => {
      const before = await membersSeenBy(SECOND);
      await expectCarriedOut("it shrinks", 3, replaced);
      await expectMembers(THREE, before, []);
      for (const name of between(KILLED, THREE, FIVE)) expect(await keptAtLast(name, VIP), name).toEqual([]);
      // The moments are drawn so that most of them fall into an `up` that runs.
      figure("kills of an `up` that had not ended", `${kills} of ${KILLS}`);
      expect(kills).toBeGreaterThanOrEqual(KILLS / 2);
    },
    LONGEST * 1000,
  );

  test(
    "is run from two directories at once: one waits or refuses, the machine is replaced once, and both go on afterwards",
    async () => {
      const before = await membersSeenBy(FIRST);
      const joined = await joinsOf(SECOND);
      const second = secondHome();
      let ups: Awaited<ReturnType<typeof twoAtOnce>> = [];
      await withStackFile(stack, edited(generations(SECOND_TOO)), async () => {
        const seen = await watched(async () => {
          ups = await twoAtOnce(second, stack);
        }, LONGEST);
        figure("two at once ended with", ups.map(({ code }) => code).join(" and "));
        expectUnnoticed(seen);
        // One that did not wait says why, in the words of the lock or of the machine that is taken.
        for (const { code, output } of ups) if (code !== 0) expect(output).toMatch(/lock|another (verb|grant|change)/);
        expect(ups.some(({ code }) => code === 0)).toBe(true);
        for (const home of [undefined, second]) {
          const again = await (home === undefined ? rackplane("up", "--stack", stack) : upFrom(home, stack));
          expect(again.code, again.output.slice(-4000)).toBe(0);
        }
      });
      await expectMembers(THREE, before, [SECOND]);
      expect((await joinsOf(SECOND)) - joined).toBe(1);
    },
    LONGEST * 1000,
  );
});

/** How often kubeadm has made a machine a member, by its journal. */
const joinsOf = async (machine: string): Promise<number> =>
  Number(
    await onMachine(machine, [
      "journalctl --no-pager -o cat -u 'rackplane-*' | grep -c 'This node has joined the cluster'; true",
    ]),
  );

afterAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});
