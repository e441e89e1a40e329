import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { probing } from "../../../bench/probe/probing";
import { addressOf, fail, figure, heal, journal, rackplane, statusNow, until } from "../../../bench/rack";
import { apiServerReady } from "../../../bench/scenarios/api-server";
import { upKilledAt } from "../../../bench/scenarios/interrupted-up";
import { changedSince, foundOn, keptAtLast, type Found } from "../../../bench/scenarios/kept";
import { ledTo } from "../../../bench/scenarios/led-to";
import { membersSeenBy, newIn } from "../../../bench/scenarios/members";
import { apply } from "../../../bench/scenarios/pods";
import {
  atSize,
  between,
  madeAt,
  SCALE,
  scalingTo,
  sized,
  upOf,
  wellAt,
  type Size,
} from "../../../bench/scenarios/scale";
import { edited } from "../../../bench/scenarios/settings";
import { withStackFile } from "../../../bench/scenarios/stack-edit";
import { ORDINARY } from "../../../bench/scenarios/workers";
import { kubectl } from "../../cli/operator";
import { readStackFile } from "../../cli/stack-file";
import { until as awaited } from "../../network/until";
import { formedOn } from "../formed-once";
import { freshStack } from "../fresh-stack";
import { expectUnnoticed, expectUnnoticedUp, tellWatched } from "../unnoticed";

const { stack, members: CONTROL_PLANE, workers: WORKERS } = SCALE;
const { address: VIP = "", apiServerPort } = readStackFile(stack).endpoint;
const [FIRST = "", SECOND = "", THIRD = ""] = CONTROL_PLANE;
const ONE: Size = { members: 1, workers: 0 };
const THREE: Size = { members: 3, workers: 2 };
/** From here on every machine has been replaced once: a generation is never lowered. */
const THREE_ANEW: Size = { ...THREE, generation: 1 };
const FIVE: Size = { members: 5, workers: 3, generation: 1 };
const THREE_ALONE: Size = { members: 3, workers: 0, generation: 1 };
const ONE_LEFT: Size = { ...ONE, generation: 1 };

/**
 * Seconds without an answer while two of five members have lost their peers: all of the three others are needed then, so one
 * that is late for a second, on a host of two processors with eight machines, is an election.
 */
const BARE_QUORUM = 6;
/** Seconds that `pulumi destroy` may take. */
const LONGEST_DESTROY = 120;
const URN = `urn:pulumi:${stack}::rackplane::rackplane:index:Cluster$command:remote:Command::k8s-`;
const pulumi = (...args: string[]) => rackplane("pulumi", "--stack", stack, ...args);
/** Waits until each balancer has found out what is dead: for five seconds every new connection is answered. */
async function quiet(): Promise<void> {
  for (let tries = 0; tries < 12; tries++) if ((await probing(() => Promise.resolve(), 5)).failed === 0) return;
  throw new Error("the endpoint: found failed requests for a minute, expected balancers to leave out what is dead");
}
/** Another one for each cluster that is formed; etcd makes the id of its own from names and addresses, which stay. */
const formationOf = () => kubectl(["get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}"]);
const ordinaryPods = () => kubectl(["rollout", "status", "deployment/ordinary", "--timeout=120s"]);

describe("a cluster behind keepalived and HAProxy", () => {
  let cluster = "";
  let formation = "";
  /** Each machine as it was before a cluster came to it. */
  const found = new Map<string, Found>();
  beforeAll(async () => {
    await freshStack(stack, wellAt(SCALE, ONE));
    cluster = (await membersSeenBy(FIRST)).cluster;
    formation = await formationOf();
    await madeAt(SCALE, FIVE);
    for (const name of between(SCALE, ONE, FIVE)) found.set(name, await foundOn(name));
  });
  afterEach(async context => {
    if (context.task.result?.state !== "fail") return;
    for (const name of [...CONTROL_PLANE, ...WORKERS]) process.stdout.write(`${name}:\n${await journal(name)}\n`);
  });

  /** One `up` to that size, of which neither a reader nor a writer at the VIP notices anything. */
  async function expectScaled(size: Size): Promise<void> {
    const scaled = await scalingTo(SCALE, size);
    tellWatched(`to ${size.members} members and ${size.workers} workers`, scaled);
    expectUnnoticedUp(scaled);
    await expectSize(size);
  }

  async function expectSize(size: Size): Promise<void> {
    await until("the cluster to be whole", 120, wellAt(SCALE, size));
    const names = CONTROL_PLANE.slice(0, size.members);
    const now = await membersSeenBy(FIRST);
    expect(now.cluster).toBe(cluster);
    expect(Object.keys(now.ids).sort()).toEqual(names);
    for (const name of names) expect(await ledTo(name, "haproxy"), name).toEqual(names);
    for (const name of WORKERS.slice(0, size.workers)) expect(await ledTo(name, "local-balancer"), name).toEqual(names);
  }

  /** Nothing of the cluster is left on these machines, and each is as it was found. */
  async function expectNothingLeft(machines: readonly string[]): Promise<void> {
    for (const name of machines) {
      expect(await keptAtLast(name, VIP), `${name} keeps`).toEqual([]);
      const before = found.get(name);
      if (before !== undefined) expect(changedSince(before, await foundOn(name)), `on ${name}`).toEqual([]);
    }
  }

  test("of one member grows to three and two workers", async () => {
    await expectScaled(THREE);
    await apply(ORDINARY);
    await ordinaryPods();
  });

  test("replaces every machine in one `up`, the one that holds the VIP among them; nobody at the VIP notices", async () => {
    const before = await membersSeenBy(FIRST);
    await expectScaled(THREE_ANEW);
    const { ids } = await membersSeenBy(FIRST);
    expect(newIn(ids, before.ids)).toEqual(CONTROL_PLANE.slice(0, 3));
    await ordinaryPods();
  });

  test("grows to five members and three workers", () => expectScaled(FIVE));

  test("is not made smaller while two of the three that are to stay have lost their peers: one is named, and none has left", async () => {
    const before = await membersSeenBy(FIRST);
    await fail("cut-etcd", SECOND);
    await fail("cut-etcd", THIRD);
    try {
      await until("two members to be ill", 60, ({ etcd }) => etcd.healthy === 3);
      await quiet();
      const refused = await scalingTo(SCALE, THREE_ALONE);
      tellWatched("a shrink that is refused", refused);
      expect(refused.up.code).not.toBe(0);
      expect(refused.up.output).toMatch(new RegExp(`${SECOND}|${THIRD}`));
      expect(refused.written.lost).toEqual([]);
      expect(refused.read.unansweredSeconds).toBeLessThanOrEqual(BARE_QUORUM);
      expect(await membersSeenBy(FIRST)).toEqual(before);
      expect((await statusNow()).nodes).toHaveLength(8);
    } finally {
      await heal("cut-etcd", SECOND);
      await heal("cut-etcd", THIRD);
    }
    await until("the cluster to be whole again", 180, wellAt(SCALE, FIVE));
    // An API server that has lost its etcd starts over and over, and begins again some time after etcd does.
    for (const name of [SECOND, THIRD]) {
      const address = await addressOf(name);
      await awaited(`the API server of ${name}`, () => apiServerReady(address, apiServerPort), { seconds: 120 });
    }
  });

  test("shrinks to three members and no worker; pods have moved, and what left keeps nothing", async () => {
    await expectScaled(THREE_ALONE);
    await ordinaryPods();
    await expectNothingLeft(between(SCALE, THREE_ALONE, FIVE));
    // What has left answers no more, to no client that still knows it.
    const again = await upOf(SCALE, THREE_ALONE);
    expect(again.code, again.output.slice(-4000)).toBe(0);
    expect(again.output).not.toMatch(/^ +[~+-] +\d+ /m);
  });

  test("shrinks to one though one of those that leave is dead: that one is removed first, and a person takes its wiping out of the state", async () => {
    await fail("power-off", THIRD);
    await quiet();
    const scaled = await scalingTo(SCALE, ONE_LEFT);
    tellWatched("to one member, a dead one among those that leave", scaled);
    expectUnnoticed(scaled);
    // The machine cannot be wiped, which is told: it still has the cluster's keys.
    expect(scaled.up.output).toContain(THIRD);
    expect(scaled.up.code).not.toBe(0);
    await expectSize(ONE_LEFT);
    await expectNothingLeft([SECOND]);
    const forgotten = await pulumi("state", "delete", `${URN}${THIRD}-wipe`, "--yes");
    expect(forgotten.code, forgotten.output).toBe(0);
    const up = await upOf(SCALE, ONE_LEFT);
    expect(up.code, up.output.slice(-4000)).toBe(0);
    await ordinaryPods();
    // It was replaced meanwhile.
    expect(await formedOn([FIRST])).toEqual([]);
  });

  test("is destroyed only when its protection is taken away, and then at once; its machine keeps nothing", async () => {
    const protect = (text: string) => edited({ lines: ["rackplane:protect: true"] })(sized(SCALE, ONE_LEFT)(text));
    const kept = await withStackFile(stack, protect, () => rackplane("up", "--stack", stack));
    expect(kept.code, kept.output.slice(-4000)).toBe(0);
    const refused = await pulumi("destroy", "--yes");
    expect(refused.code).not.toBe(0);
    expect(refused.output).toMatch(/protect/);
    await until("the cluster to serve", 30, wellAt(SCALE, ONE_LEFT));
    const whole = await withStackFile(stack, protect, () => rackplane("up", "--stack", stack));
    expect(whole.output, "of what the refused destroy has deleted").not.toMatch(/^ +\+ +\d+ created/m);
    const open = await upOf(SCALE, ONE_LEFT);
    expect(open.code, open.output.slice(-4000)).toBe(0);
    const destroyed = await pulumi("destroy", "--yes", "--skip-preview");
    figure("a cluster of one member is destroyed, seconds", destroyed.seconds.toFixed(0));
    expect(destroyed.code, destroyed.output.slice(-4000)).toBe(0);
    expect(destroyed.seconds).toBeLessThanOrEqual(LONGEST_DESTROY);
    await expectNothingLeft([FIRST]);
  });

  test("that was made by half is destroyed, too, and its machines serve in a new one", async () => {
    await fail("reinstall", THIRD);
    await madeAt(SCALE, THREE);
    found.set(THIRD, await foundOn(THIRD));
    await atSize(SCALE, THREE, () => upKilledAt(/scale-cp-[12]-join creating .*kubeadm join/, 400, "--stack", stack));
    // Its lock is in the way, as a person finds it.
    await pulumi("cancel", "--yes");
    const destroyed = await pulumi("destroy", "--yes", "--skip-preview");
    figure("a cluster that was made by half is destroyed, seconds", destroyed.seconds.toFixed(0));
    expect(destroyed.code, destroyed.output.slice(-4000)).toBe(0);
    expect(destroyed.seconds).toBeLessThanOrEqual(LONGEST_DESTROY);
    await expectNothingLeft(between(SCALE, { members: 0, workers: 0 }, THREE));
    const up = await upOf(SCALE, ONE);
    expect(up.code, up.output.slice(-6000)).toBe(0);
    await until("a new cluster to serve", 120, wellAt(SCALE, ONE));
    expect(await formationOf()).not.toBe(formation);
  });
});

afterAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});
