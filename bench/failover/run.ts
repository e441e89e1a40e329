import { setTimeout as pause } from "node:timers/promises";
import { operatorFiles } from "../../rack/cli/operator";
import { readStackFile } from "../../rack/cli/stack-file";
import { status } from "../../rack/cli/status";
import { figuresOf, type Recorded } from "./figures";
import { Injection } from "./injection";
import { observe, type Observer, type View } from "./observer";
import type { PlannedRun } from "./plan";
import type { Run } from "./record";
import type { Rig } from "./rig";
import { seenOf } from "./seen";
import { wholeAs, type Subject } from "./subject";
import { startTraffic, type Traffic } from "./traffic-process";
import { victimsOf } from "./victims";

/** Seconds of traffic before the fault: the picture's quiet beginning. */
const BEFORE = 5;
/** Seconds in which every kind of client is served before a fault. */
const SERVED_SECONDS = 60;
/** Seconds that a client is at most without service to count as served now. */
const SERVED_NOW = 1.5;
/** Seconds after a fault, and after its healing, that a record goes on at least: the other suites' probe has as many. */
const AFTER = 20;
/** Seconds after the fault's end within which everything has to be whole; what is not by then is written so. */
const WHOLE_SECONDS = 180;
/** Seconds for which it has to stay whole, to count from when it began to be. */
const STEADY = 6;
/** Milliseconds between two looks at the whole status. */
const LOOK_EVERY = 2000;

/** One fault, once, from a whole cluster to a whole cluster. */
export async function runOnce(
  { subject, fault, number }: PlannedRun<Subject>,
  rig: Rig,
  abort: AbortSignal,
): Promise<Run> {
  const now = await rig.whole();
  const victims = victimsOf(fault, {
    controlPlane: subject.base.controlPlane,
    balancers: subject.base.balancers,
    announcers: now.endpoint?.announcers ?? [],
    leader: await rig.leader(),
  });
  const injection = new Injection(fault.parts.map((part, i) => ({ fault: part.fault, target: victims[i] ?? "" })));
  try {
    if (await injection.prepare()) {
      await rig.whole();
      const led = fault.parts.findIndex(({ hits }) => hits === "leader");
      if (led >= 0) await rig.lead(victims[led] ?? "");
    }
    const run = await record(subject, rig, injection, fault.heldSeconds, abort);
    const recorded: Recorded = { kind: subject.name, fault: fault.name, number, victims, ...run };
    return { ...recorded, figures: figuresOf(recorded) };
  } finally {
    await injection.tidy();
  }
}

type Recording = Omit<Recorded, "kind" | "fault" | "number" | "victims">;

async function record(
  subject: Subject,
  rig: Rig,
  injection: Injection,
  heldSeconds: number,
  abort: AbortSignal,
): Promise<Recording> {
  const order = await rig.order();
  const traffic = await startTraffic(order);
  const observer = observe(viewOf(subject), traffic.now);
  try {
    const times = await lived({ subject, injection, traffic, observer, heldSeconds, abort });
    const sights = await observer.end();
    const { etcd, ...clients } = await traffic.end();
    return { at: traffic.at, ...times, ...clients, seen: seenOf(sights, etcd, order.members.length) };
  } finally {
    traffic.kill();
    await observer.end();
  }
}

interface Living {
  readonly subject: Subject;
  readonly injection: Injection;
  readonly traffic: Traffic;
  readonly observer: Observer;
  readonly heldSeconds: number;
  readonly abort: AbortSignal;
}

/** From the first client to the cluster that is whole again. The fault is healed whatever happens. */
async function lived({
  subject,
  injection,
  traffic,
  observer,
  heldSeconds,
  abort,
}: Living): Promise<Pick<Run, "injectedAt" | "healedAt" | "wholeAt">> {
  const { now } = traffic;
  await untilServed(traffic, BEFORE, abort);
  const injectedAt = now();
  let healedAt: number | undefined;
  try {
    await injection.inject();
    if (!injection.endsByItself) {
      await pause(Math.max(0, injectedAt + heldSeconds - now()) * 1000, undefined, { signal: abort });
      healedAt = now();
    }
  } finally {
    await injection.heal();
  }
  const wholeAt = await wholeAgain({ subject, injection, traffic, observer, abort }, now());
  return {
    injectedAt: rounded(injectedAt),
    ...(healedAt === undefined ? {} : { healedAt: rounded(healedAt) }),
    ...(wholeAt === undefined ? {} : { wholeAt: rounded(wholeAt) }),
  };
}

/**
 * When everything began to be whole, and stayed so, with every client served; undefined when that took too long. The dear
 * look at the status is taken only while the cheap ones find nothing missing.
 */
async function wholeAgain(
  { subject, injection, traffic, observer, abort }: Omit<Living, "heldSeconds">,
  over: number,
): Promise<number | undefined> {
  const whole = wholeAs(subject);
  let since: number | undefined;
  while (traffic.now() < over + WHOLE_SECONDS) {
    const at = traffic.now();
    const holds =
      isServed(traffic) &&
      (observer.last()?.announcers.length ?? 0) === subject.announcers &&
      (await injection.over().catch(() => false)) &&
      whole(await status());
    since = holds ? (since ?? at) : undefined;
    const [present, enough] = [traffic.now(), over + AFTER];
    if (since !== undefined && present - since >= STEADY && present >= enough) return since;
    await pause(LOOK_EVERY, undefined, { signal: abort });
  }
  return undefined;
}

/** @throws Error naming which client is not served in time */
async function untilServed(traffic: Traffic, seconds: number, abort: AbortSignal): Promise<void> {
  while (traffic.now() < seconds || !isServed(traffic)) {
    if (traffic.now() > SERVED_SECONDS)
      throw new Error(
        `traffic: waited ${SERVED_SECONDS} s for every client to be served before the fault; last served, in seconds of the record: ${JSON.stringify(traffic.served())}`,
      );
    await pause(200, undefined, { signal: abort });
  }
}

/** Whether each kind of client was served a moment ago. */
function isServed(traffic: Traffic): boolean {
  const { connection, kept, watch, write } = traffic.served() ?? {};
  return [connection, kept, watch, write].every(last => last !== undefined && traffic.now() - last < SERVED_NOW);
}

function viewOf({ base, site }: Subject): View {
  const { hosts } = readStackFile(base.stack);
  return { endpoint: site.endpoint, vip: operatorFiles()?.address ?? "", machines: hosts };
}

const rounded = (seconds: number): number => Number(seconds.toFixed(3));
