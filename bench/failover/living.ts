import type { Injection } from "./injection";
import type { Run } from "./record";
import type { Traffic } from "./traffic-process";

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
/** Seconds between two looks at the whole status. */
const LOOK_EVERY = 2;

/** What a run lives with. */
export interface Living {
  readonly injection: Pick<Injection, "inject" | "heal" | "endsByItself">;
  readonly traffic: Pick<Traffic, "now" | "served">;
  /** Whether nothing is left of the fault and the cluster is whole, as everything but the clients tells. A dear look. */
  readonly isWhole: () => Promise<boolean>;
  readonly heldSeconds: number;
  /** Lets seconds pass. @throws Error when the run is to end early */
  readonly pass: (seconds: number) => Promise<void>;
}

/** From the first client to the cluster that is whole again. The fault is healed whatever happens. */
export async function lived({
  injection,
  traffic,
  isWhole,
  heldSeconds,
  pass,
}: Living): Promise<Pick<Run, "injectedAt" | "healedAt" | "wholeAt">> {
  const { now } = traffic;
  await untilServed(traffic, BEFORE, pass);
  const injectedAt = now();
  let healedAt: number | undefined;
  try {
    await injection.inject();
    if (!injection.endsByItself) {
      await pass(Math.max(0, injectedAt + heldSeconds - now()));
      healedAt = now();
    }
  } catch (error) {
    await injection.heal().catch((healing: unknown) => {
      throw new Error(`${String(error)}\nand what was injected could not be healed: ${String(healing)}`);
    });
    throw error;
  }
  await injection.heal();
  const wholeAt = await wholeAgain({ traffic, isWhole, pass }, now());
  return {
    injectedAt: rounded(injectedAt),
    ...(healedAt === undefined ? {} : { healedAt: rounded(healedAt) }),
    ...(wholeAt === undefined ? {} : { wholeAt: rounded(wholeAt) }),
  };
}

/**
 * When everything began to be whole, and stayed so, with every client served; undefined when that took too long. The dear
 * look is taken only while every client is served.
 */
async function wholeAgain(
  { traffic, isWhole, pass }: Pick<Living, "traffic" | "isWhole" | "pass">,
  over: number,
): Promise<number | undefined> {
  let since: number | undefined;
  while (traffic.now() < over + WHOLE_SECONDS) {
    const at = traffic.now();
    const holds = isServed(traffic) && (await isWhole());
    since = holds ? (since ?? at) : undefined;
    const [present, enough] = [traffic.now(), over + AFTER];
    if (since !== undefined && present - since >= STEADY && present >= enough) return since;
    await pass(LOOK_EVERY);
  }
  return undefined;
}

/** @throws Error naming which client is not served in time */
async function untilServed(traffic: Living["traffic"], seconds: number, pass: Living["pass"]): Promise<void> {
  while (traffic.now() < seconds || !isServed(traffic)) {
    if (traffic.now() > SERVED_SECONDS)
      throw new Error(
        `traffic: waited ${SERVED_SECONDS} s for every client to be served before the fault; last served, in seconds of the record: ${JSON.stringify(traffic.served())}`,
      );
    await pass(0.2);
  }
}

/** Whether each kind of client was served a moment ago. */
function isServed(traffic: Living["traffic"]): boolean {
  const { connection, kept, watch, write } = traffic.served() ?? {};
  return [connection, kept, watch, write].every(last => last !== undefined && traffic.now() - last < SERVED_NOW);
}

const rounded = (seconds: number): number => Number(seconds.toFixed(3));
