import { setTimeout as delay } from "node:timers/promises";
import type { Call } from "../provider";
import { ApiError, type Client } from "./client";
import { Mappings } from "./mapping";
import { type KubeObject, steering } from "./object";

/** Settings of the provider resource. */
export interface Settings {
  readonly client: Client;
  /** Forget objects of a cluster that does not answer, instead of failing. */
  readonly deleteUnreachable: boolean;
}

/** How long an object's namespace or definition may still be on its way when the object is applied. */
const PREREQUISITES_MS = 30_000;
/** Previews do not wait out an outage: they guess instead. Long enough for an endpoint that moves. */
const PREVIEW_PATIENCE_MS = 8_000;

const APPLY = "application/apply-patch+yaml";

/** What resources ask of a cluster, in terms of objects. */
export class Cluster {
  readonly mappings: Mappings;

  constructor(readonly settings: Settings) {
    this.mappings = new Mappings(settings.client);
  }

  get namespace(): string {
    return this.settings.client.target.namespace;
  }

  path(call: Call, object: KubeObject, waitMs = 0): Promise<string> {
    return this.mappings.path(object, object.metadata.name, waitMs, call.signal);
  }

  /** The live object, or undefined when there is none. */
  async read(call: Call, object: KubeObject): Promise<KubeObject | undefined> {
    try {
      return await this.settings.client.request<KubeObject>("GET", await this.path(call, object), {
        signal: call.signal,
      });
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  /** Server-side apply, without effect. */
  async rehearse(call: Call, object: KubeObject, fieldManager: string, force: boolean): Promise<KubeObject> {
    const path = `${await this.path(call, object)}?${query(fieldManager, force)}&dryRun=All`;
    const request = { body: object, contentType: APPLY, signal: call.signal };
    return this.settings.client.request<KubeObject>("PATCH", path, request, PREVIEW_PATIENCE_MS);
  }

  /** Server-side apply. Waits a while for a namespace or definition that the same program has just made. */
  async apply(call: Call, object: KubeObject, fieldManager: string, force: boolean): Promise<KubeObject> {
    const end = Date.now() + PREREQUISITES_MS;
    const path = `${await this.path(call, object, PREREQUISITES_MS)}?${query(fieldManager, force)}`;
    for (;;) {
      try {
        const request = { body: object, contentType: APPLY, signal: call.signal };
        return await this.settings.client.request<KubeObject>("PATCH", path, request);
      } catch (error) {
        if (!isAbsent(error) || Date.now() > end) throw conflictExplained(error);
      }
      await delay(500, undefined, { signal: call.signal });
    }
  }

  /** Deletes an object and waits until it is gone. @throws naming its finalizers when it stays. */
  async remove(call: Call, object: KubeObject, uid: unknown): Promise<void> {
    const path = await this.path(call, object);
    const { client } = this.settings;
    const end = Date.now() + (call.timeoutSeconds ?? 600) * 1000;
    try {
      const body = { propagationPolicy: propagationOf(object) };
      await client.request("DELETE", path, { body, signal: call.signal });
      while (steering(object, "skipAwait") !== "true") {
        const left = await client.request<KubeObject>("GET", path, { signal: call.signal });
        if (left.metadata.uid !== uid) return;
        if (Date.now() > end) {
          const finalizers = JSON.stringify(left.metadata.finalizers ?? []);
          throw new Error(`${path} is marked for deletion but still there; its finalizers: ${finalizers}`);
        }
        await delay(300, undefined, { signal: call.signal });
      }
    } catch (error) {
      call.signal.throwIfAborted();
      if (!isAbsent(error)) throw error;
    }
  }
}

export const isAbsent = (error: unknown): boolean => error instanceof ApiError && error.status === 404;

const query = (fieldManager: string, force: boolean) =>
  `fieldManager=${encodeURIComponent(fieldManager)}${force ? "&force=true" : ""}`;

function propagationOf(object: KubeObject): string {
  const asked = steering(object, "deletionPropagationPolicy");
  return asked === "orphan" ? "Orphan" : asked === "foreground" ? "Foreground" : "Background";
}

function conflictExplained(error: unknown): unknown {
  if (!(error instanceof ApiError) || error.status !== 409) return error;
  return new ApiError(
    409,
    `${error.message}. Another manager owns these fields: leave them out, or take them over with the annotation pulumi.com/patchForce: "true"`,
  );
}
