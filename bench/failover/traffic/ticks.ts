import { setTimeout as pause } from "node:timers/promises";
import { Client } from "../../probe/client";
import type { Target } from "../../probe/kubeconfig";

/** Seconds between two writes of the watched object. */
const EVERY = 0.25;
/** Milliseconds that one may take before the next member is asked. */
const PATIENCE = 1000;

export interface Ticking {
  readonly target: Target;
  /** URLs of API servers; the first that answers is asked again. */
  readonly members: readonly string[];
  /** Of the object. */
  readonly path: string;
  readonly seconds: number;
  readonly signal: AbortSignal;
  readonly now: () => number;
}

/** Writes the object that is watched, past the endpoint, at a member that answers. */
export async function writeTicks({ target, members, path, seconds, signal, now }: Ticking): Promise<void> {
  const clients = members.map(member => new Client({ ...target, server: new URL(member) }, 0));
  let asked = 0;
  for (let n = 1; !signal.aborted && now() < seconds; n++) {
    const due = now() + EVERY;
    const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "tick" }, data: { n: String(n) } };
    await clients[asked % clients.length]
      ?.request("PUT", path, { body, signal: AbortSignal.timeout(PATIENCE) })
      .catch(() => asked++);
    await pause(Math.max(0, due - now()) * 1000, undefined, { signal }).catch(() => undefined);
  }
}
