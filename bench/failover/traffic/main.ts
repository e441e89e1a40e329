import * as http from "node:http";
import * as https from "node:https";
import { setTimeout as pause } from "node:timers/promises";
import { attempt } from "../../probe/attempt";
import { ApiError, Client } from "../../probe/client";
import { targetOf } from "../../probe/kubeconfig";
import type { Answer } from "../record";
import { openLoop } from "./open-loop";
import type { Traffic } from "./traffic";
import { watchTicks } from "./watch";
import { writeTicks } from "./ticks";

/**
 * Asks and writes at an endpoint as clients of several kinds do, each on time whatever came of the requests before, and
 * on SIGTERM reads back what was written and prints a `Traffic` as JSON. Ends by itself after SECONDS.
 *
 *   node main.ts KUBECONFIG NAMESPACE KUBECTL SECONDS MEMBER...
 *
 * MEMBER: `https://` and the address of an API server, over which the watched object is written, so that the watch's
 * silence is the watch's own.
 */
const [kubeconfig = "", namespace = "", kubectl = "", seconds = "60", ...members] = process.argv.slice(2);

/** A second: connections as in bench/probe, kept ones and writes half as many. */
const RATE = { connections: 20, kept: 10, writes: 10 } as const;
/** Connections that are kept. */
const KEPT = 4;
/** Milliseconds after which a write counts as not acknowledged. */
const WRITE_PATIENCE = 2000;
const LABEL = "rackplane.example/failover";

const target = targetOf(kubeconfig);
const url = new URL("/livez", target.server).toString();
const began = Date.now();
const now = (): number => (Date.now() - began) / 1000;
const over = new AbortController();
process.once("SIGTERM", () => over.abort());

const path = `/api/v1/namespaces/${namespace}/configmaps`;
const nameOf = (n: number): string => `write-${String(n).padStart(5, "0")}`;

/** One answer, and when it was asked for. */
async function timed(sentAt: number, ask: () => Promise<string>): Promise<Answer> {
  const from = process.hrtime.bigint();
  const answer = await ask();
  return { sentAt, tookSeconds: Number(process.hrtime.bigint() - from) / 1e9, answer };
}

/** The connection is kept from write to write, as a controller keeps its own; a failed one is not used again. */
let writer = new Client(target, 0);

async function write(n: number): Promise<string> {
  const mine = writer;
  const body = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: nameOf(n), labels: { [LABEL]: "true" } },
    data: { value: String(n) },
  };
  try {
    await mine.request("POST", path, { body, signal: AbortSignal.timeout(WRITE_PATIENCE) });
    return "ok";
  } catch (error) {
    if (error instanceof ApiError) return `http ${error.status}`;
    if (writer === mine) writer = new Client(target, 0);
    return error instanceof Error && error.name === "TimeoutError" ? "timeout" : "no answer";
  }
}

async function readBack(patient: Client): Promise<ReadonlySet<string>> {
  const list = await patient.request<{ items: { metadata: { name: string }; data?: { value?: string } }[] }>(
    "GET",
    `${path}?labelSelector=${encodeURIComponent(LABEL)}`,
  );
  return new Set(
    list.items
      .filter(({ metadata, data }) => metadata.name === nameOf(Number(data?.value)))
      .map(({ data }) => data?.value ?? ""),
  );
}

async function main(): Promise<void> {
  const patient = new Client(target);
  await patient.request("POST", "/api/v1/namespaces", {
    body: { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
  });
  await patient.request("POST", path, {
    body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "tick" }, data: { n: "0" } },
  });
  const agent = new (target.server.protocol === "http:" ? http : https).Agent({ keepAlive: true, maxSockets: KEPT });
  const { signal } = over;
  const until = { seconds: Number(seconds), signal, now };
  const watching = watchTicks({ kubectl, kubeconfig, namespace, signal, now });
  const [connections, kept, writes] = await Promise.all([
    openLoop({ ...until, rate: RATE.connections }, (_, at) =>
      timed(at, async () => (await attempt({ url, ca: target.ca }, at)).result),
    ),
    openLoop({ ...until, rate: RATE.kept }, (_, at) =>
      timed(at, async () => (await attempt({ url, ca: target.ca, agent }, at)).result),
    ),
    openLoop({ ...until, rate: RATE.writes }, async (n, at) => ({
      ...(await timed(at, () => write(n))),
      value: String(n),
    })),
    writeTicks({ target, members, path: `${path}/tick`, signal, seconds: Number(seconds), now }),
  ]);
  over.abort();
  agent.destroy();
  const there = await readBack(patient);
  const read = writes.map(one => ({ ...one, readBack: there.has(one.value) }));
  if (read.every(one => one.readBack || one.answer !== "ok"))
    await patient.request("DELETE", `/api/v1/namespaces/${namespace}`);
  const traffic: Traffic = { began, connections, kept, writes: read, watch: await watching };
  process.stdout.write(`${JSON.stringify(traffic)}\n`);
}

main().catch(async (error: unknown) => {
  over.abort();
  // The watch's process ends with it.
  await pause(100);
  process.stderr.write(`traffic: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
