import { setTimeout as pause } from "node:timers/promises";
import { ApiError, Client } from "./client";
import { targetOf } from "./kubeconfig";
import { type Answer, lostOf, nameOf, writeAll, type WriteOutcome } from "./write-outcome";

/**
 * Writes COUNT ConfigMaps through the endpoint, RATE a second, each until it is acknowledged; then reads whether
 * every acknowledged one is there, and prints a WriteOutcome as JSON. Ends by itself: writing stops after SECONDS,
 * reading has a minute of patience. On SIGTERM no further object is begun. Its namespace is deleted unless something was lost.
 *
 *   node writes.ts KUBECONFIG NAMESPACE COUNT RATE SECONDS
 */
const [kubeconfig = "", namespace = "", count = "500", rate = "20", seconds = "120"] = process.argv.slice(2);

/** As many requests as a busy controller has in flight. */
const WRITERS = 8;
/** Milliseconds that an attempt may take. */
const PATIENCE = 2000;
const LABEL = "rackplane.example/load";

let stopped = false;
process.once("SIGTERM", () => (stopped = true));

const target = targetOf(kubeconfig);
const patient = new Client(target);
const path = `/api/v1/namespaces/${namespace}/configmaps`;
const begin = process.hrtime.bigint();
const now = () => Number(process.hrtime.bigint() - begin) / 1e9;

/** The connection is kept from write to write, as a controller keeps its own; a failed connection is not used again. */
let client = new Client(target, 0);

async function attempt(n: number): Promise<Answer> {
  const mine = client;
  const body = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: nameOf(n), labels: { [LABEL]: "true" } },
    data: { n: String(n) },
  };
  try {
    await mine.request("POST", path, { body, signal: AbortSignal.timeout(PATIENCE) });
    return "created";
  } catch (error) {
    if (error instanceof ApiError && error.status === 409) return "exists";
    if (client === mine) client = new Client(target, 0);
    return "failed";
  }
}

async function there(): Promise<Map<string, string>> {
  const list = await patient.request<{ items: { metadata: { name: string }; data?: { n?: string } }[] }>(
    "GET",
    `${path}?labelSelector=${encodeURIComponent(LABEL)}`,
  );
  return new Map(list.items.map(({ metadata, data }) => [metadata.name, data?.n ?? ""]));
}

async function main(): Promise<void> {
  const body = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
  await patient.request("POST", "/api/v1/namespaces", { body });
  const load = { count: Number(count), rate: Number(rate), seconds: Number(seconds), writers: WRITERS };
  const { asked, acknowledged, failedAttempts } = await writeAll(load, attempt, {
    now,
    pass: s => pause(s * 1000),
    over: () => stopped,
  });
  const writing = now();
  const lost = lostOf(acknowledged, await there());
  if (lost.length === 0) await patient.request("DELETE", `/api/v1/namespaces/${namespace}`);
  const outcome: WriteOutcome = {
    asked,
    acknowledged: acknowledged.length,
    failedAttempts,
    lost,
    seconds: Number(writing.toFixed(1)),
  };
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`writes: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
