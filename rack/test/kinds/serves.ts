import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { leaveKindFigures } from "../../../bench/kind-figures";
import { heal, journal, rackplane, statusNow, until } from "../../../bench/rack";
import { breaking, OBJECTS, victimOf } from "../../../bench/scenarios/fault";
import { type KindCase, well } from "../../../bench/scenarios/kinds";
import type { KindFigures } from "../../../bench/table";

/**
 * The tests of one way to hold the VIP, on machines that exist: it comes up, another `up` changes nothing, and it
 * outlives its faults on the machine where they hurt most, while the endpoint is asked 20 times a second and written to.
 */
export function kindServes(kind: KindCase): void {
  const mine: KindFigures = { kind: kind.name, faults: {} };
  /** Of every attempt: a figure may be missed once, a write may not. */
  const lost: string[] = [];
  let up: Awaited<ReturnType<typeof rackplane>> | undefined;
  let looked = kind.controlPlane[0] ?? "";

  beforeAll(async () => {
    const down = await rackplane("down");
    expect(down.code, down.output).toBe(0);
    up = await rackplane("up", "--stack", kind.stack);
    if (up.code === 0) mine.setUpSeconds = up.seconds;
  });

  afterAll(() => leaveKindFigures(mine));

  afterEach(async context => {
    if (context.task.result?.state === "fail") process.stdout.write(`${looked}:\n${await journal(looked)}\n`);
  });

  test("comes up whole, and the VIP is where it belongs", async () => {
    expect(up?.code, up?.output.slice(-6000)).toBe(0);
    const { now } = await until("the cluster to be whole", 90, well(kind));
    mine.announcers = now.endpoint?.announcers;
    const allowed = kind.balancers.length > 0 ? kind.balancers : kind.controlPlane;
    for (const announcer of mine.announcers ?? []) expect(allowed).toContain(announcer);
    expect(
      now.nodes
        .filter(node => node.role === "worker")
        .map(node => node.name)
        .sort(),
    ).toEqual([...kind.workers].sort());
  });

  test("another up changes nothing", async () => {
    const again = await rackplane("up", "--stack", kind.stack);
    expect(again.code, again.output.slice(-4000)).toBe(0);
    expect(again.output).not.toMatch(/^ +[~+-] +\d+ /m);
  });

  // Two cores carry all machines, the probe and the writer: what is missed twice in a row is the program's.
  test.each(kind.faults)("outlives %s", { retry: 1 }, async fault => {
    const { now } = await until("the cluster to be whole before the fault", 180, well(kind));
    looked = victimOf(fault, kind, now);
    const found = await breaking(fault, looked);
    const { outcome, writes: written } = found;
    mine.faults[fault] = found;
    process.stdout.write(
      `figure: ${kind.name}, ${fault} of ${looked}: ${JSON.stringify(outcome)} ${JSON.stringify(written)}\n`,
    );
    lost.push(...written.lost.map(name => `${name}, across ${fault}`));
    if (fault === "power-off") {
      const { endpoint } = await statusNow();
      await heal(fault, looked);
      expect(endpoint?.announcers).not.toContain(looked);
    }
    const { seconds, now: after } = await until("the cluster to be whole after the fault", 180, well(kind));
    process.stdout.write(`figure: ${kind.name}, ${fault}: whole again ${seconds.toFixed(1)} s after the probe\n`);
    expect(written.acknowledged).toBe(OBJECTS);
    // Who took the VIP over keeps it: to hand it back would be a second outage.
    if (fault === "power-off" && kind.announcers === 1) expect(after.endpoint?.announcers).not.toContain(looked);
    expect(outcome.outageSeconds).toBeLessThanOrEqual(kind.longestOutage[fault]);
  });
  test.runIf(kind.faults.length > 0)("has lost no acknowledged write", () => {
    expect(lost).toEqual([]);
  });
}
