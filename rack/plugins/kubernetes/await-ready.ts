import { setTimeout as delay } from "node:timers/promises";
import type { Call } from "../provider";
import { ApiError, type Client } from "./client";
import { type KubeList, type KubeObject, steering } from "./object";
import { READINESS, type Readiness } from "./readiness";

export type Awaited = { readonly live: KubeObject; readonly failure?: string };

/** The real plugin's patience when neither customTimeouts nor the annotation say another. */
const DEFAULT_SECONDS = 600;

/**
 * Follows an object until it does its work. It exists already, so nothing here throws for what happens to it:
 * a failure is returned with the object's last known form, and the engine keeps both.
 */
export async function awaitReady(call: Call, client: Client, path: string, applied: KubeObject): Promise<Awaited> {
  const check = READINESS[applied.kind];
  if (check === undefined || steering(applied, "skipAwait") === "true") return { live: applied };
  const seconds = call.timeoutSeconds ?? (Number(steering(applied, "timeoutSeconds")) || DEFAULT_SECONDS);
  const start = Date.now();
  const elapsed = () => Math.round((Date.now() - start) / 1000);
  const list = async (listed: string) =>
    (await client.request<KubeList>("GET", listed, { signal: call.signal })).items ?? [];

  let live = applied;
  let shown = "";
  for (let pause = 100; ; pause = Math.min(pause * 1.3, 1000)) {
    const now = await look(async () => {
      if (live !== applied || pause > 100)
        live = await client.request<KubeObject>("GET", path, { signal: call.signal });
      return check(live, list);
    });
    if (now === "ready") return { live };
    if ("failed" in now) return { live, failure: now.failed };
    if (call.signal.aborted)
      return { live, failure: `${(call.signal.reason as Error).message}; it was waiting for ${now.waitsFor}` };
    if (elapsed() >= seconds) return { live, failure: `not ready after ${seconds} s: waiting for ${now.waitsFor}` };
    if (now.waitsFor !== shown) call.log(`[${elapsed()} s] waiting for ${now.waitsFor}`, "info", true);
    shown = now.waitsFor;
    await delay(pause, undefined, { signal: call.signal }).catch(() => undefined);
  }
}

async function look(check: () => Promise<Readiness>): Promise<Readiness> {
  try {
    return await check();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof ApiError && error.status === 404) return { failed: `it was deleted meanwhile: ${reason}` };
    return { waitsFor: `an answer of the API server (${reason})` };
  }
}
