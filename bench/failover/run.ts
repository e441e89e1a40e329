import { setTimeout as pause } from "node:timers/promises";
import { operatorFiles } from "../../rack/cli/operator";
import { readStackFile } from "../../rack/cli/stack-file";
import { status } from "../../rack/cli/status";
import { figuresOf, type Recorded } from "./figures";
import { Injection } from "./injection";
import { lived } from "./living";
import { observe, type View } from "./observer";
import type { PlannedRun } from "./plan";
import type { Run } from "./record";
import type { Rig } from "./rig";
import { seenOf } from "./seen";
import { wholeAs, type Subject } from "./subject";
import { startTraffic } from "./traffic-process";
import { victimsOf } from "./victims";

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
    const whole = wholeAs(subject);
    const isWhole = async () =>
      (observer.last()?.announcers.length ?? 0) === subject.announcers &&
      (await injection.over().catch(() => false)) &&
      whole(await status());
    const pass = (seconds: number) => pause(seconds * 1000, undefined, { signal: abort });
    const times = await lived({ injection, traffic, isWhole, heldSeconds, pass });
    const sights = await observer.end();
    const { etcd, ...clients } = await traffic.end();
    return { at: traffic.at, ...times, ...clients, seen: seenOf(sights, etcd, order.members.length) };
  } finally {
    traffic.kill();
    await observer.end();
  }
}

function viewOf({ base, site }: Subject): View {
  const { hosts } = readStackFile(base.stack);
  return { endpoint: site.endpoint, vip: operatorFiles()?.address ?? "", machines: hosts };
}
