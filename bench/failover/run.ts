import { setTimeout as pause } from "node:timers/promises";
import { readStackFile } from "../../rack/cli/stack-file";
import { status, type Status } from "../../rack/cli/status";
import { apiServerOf, holderOf, type KindCase, well } from "../scenarios/kinds";
import { figuresOf } from "./check";
import type { BenchFault, Hit } from "./faults";
import { leaderOf, observe } from "./observe";
import type { Answer, Run } from "./record";
import { drive } from "./traffic/driving";

/** Seconds of traffic before the fault and after the cluster is whole. */
const LEAD = 4;
const TAIL = 2;
/** Seconds after its end by which the cluster has to be whole without a hand. */
const RECOVERY = 240;

/** Waits until all is well. @returns undefined when it was not in time */
export async function awaitWell(kind: KindCase, seconds: number): Promise<Status | undefined> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const now = await status();
    if (well(kind)(now)) return now;
    if (Date.now() > deadline) return undefined;
    await pause(1000);
  }
}

/** One fault, once, at a cluster that is whole. The cluster may be broken afterwards: `wholeAt` says. */
export async function runOnce(kind: KindCase, fault: BenchFault, number: number, before: Status): Promise<Run> {
  const acts = await Promise.all(
    fault.acts.map(async act => ({ ...act, victim: await victimOf(act.hits, kind, before) })),
  );
  for (const { prepare, victim } of acts) await prepare?.(victim);
  const began = Date.now();
  const at = () => Number(((Date.now() - began) / 1000).toFixed(3));
  const addresses = kind.controlPlane.map(name => before.machines.find(m => m.name === name)?.address ?? "");
  const { apiServerPort } = readStackFile(kind.stack).endpoint;
  const clients = drive(addresses, apiServerPort, LEAD + fault.seconds + RECOVERY + TAIL + 60);
  const looks = observe(kind, at);
  let healed = false;
  const heal = async () => {
    if (healed) return;
    healed = true;
    for (const { heal: undo, victim } of acts) await undo?.(victim);
  };
  try {
    await pause(LEAD * 1000);
    const injectedAt = at();
    await Promise.all(acts.map(({ inject, victim }) => inject(victim)));
    await pause(Math.max(0, injectedAt + fault.seconds - at()) * 1000);
    const ends = acts.some(act => act.heal !== undefined);
    const healedAt = ends ? at() : undefined;
    await heal();
    const askedAt = at();
    const whole = (await awaitWell(kind, RECOVERY)) === undefined ? undefined : at();
    await pause(TAIL * 1000);
    const traffic = await clients.end();
    const later = (traffic.began - began) / 1000;
    const shifted = <T extends Answer>(answers: readonly T[]): T[] =>
      answers.map(answer => ({ ...answer, sentAt: answer.sentAt + later }));
    const trace = {
      kind: kind.name,
      fault: fault.name,
      number,
      victims: acts.map(({ victim }) => victim),
      at: new Date(began).toISOString(),
      injectedAt,
      ...(healedAt === undefined ? {} : { healedAt }),
      askedAt,
      ...(whole === undefined ? {} : { wholeAt: whole }),
      connections: shifted(traffic.connections),
      kept: shifted(traffic.kept),
      writes: shifted(traffic.writes),
      watch: traffic.watch.map(moment => moment + later),
      seen: await looks.end(),
    };
    return { ...trace, figures: figuresOf(trace) };
  } finally {
    clients.kill();
    await looks.end().catch(() => undefined);
    // After an error that is told already; whoever asked takes the rack down then.
    await heal().catch(() => undefined);
  }
}

/** @throws Error when nobody is what is to be hit */
async function victimOf(hits: Hit, kind: KindCase, now: Status): Promise<string> {
  const member = apiServerOf(kind, now);
  const victim = {
    holder: () => holderOf(kind, now),
    member: () => member,
    "another member": () => kind.controlPlane.find(name => name !== member),
    leader: () => leaderOf(kind.controlPlane),
    switch: () => "a",
  }[hits]();
  const found = await victim;
  if (found === undefined || found === "")
    throw new Error(`${kind.name}: found no machine that is the ${hits}; expected one while all is well`);
  return found;
}
