import * as fs from "node:fs";
import * as readline from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { attempt } from "../../probe/attempt";
import { Client } from "../../probe/client";
import { targetOf } from "../../probe/kubeconfig";
import { answered } from "../figures";
import { leaderOf } from "../leader";
import type { Answer } from "../record";
import { monotonic } from "./clock";
import { keptConnections, newConnections } from "./connections";
import { lookingAtEtcd } from "./etcd";
import type { EtcdLook, Served, TrafficOrder, TrafficWord } from "./messages";
import { TICKER, ticking, watching } from "./watching";
import { readBack, writing, type Written } from "./writing";

/**
 * All clients of one run, in one process in the operator's namespace: new and kept connections, a watch, a writer, and the
 * questions to etcd. Told what to do by one line on its standard input (TrafficOrder), it goes on until that input ends,
 * also by the end of whoever started it; then it reads back what was written and prints its record (TrafficWord).
 */
const MOST_SECONDS = 900;
/** Milliseconds between two words on what is served. */
const TOLD_EVERY = 250;

const say = (word: TrafficWord): void => void process.stdout.write(`${JSON.stringify(word)}\n`);

async function main(): Promise<void> {
  const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const { value: line } = (await lines.next()) as { value: string };
  const order = JSON.parse(line) as TrafficOrder;
  const ended = new AbortController();
  const stop = AbortSignal.any([ended.signal, AbortSignal.timeout(MOST_SECONDS * 1000)]);
  void lines.next().then(() => ended.abort());

  const target = targetOf(order.kubeconfig);
  const patient = new Client(target);
  const namespace = `/api/v1/namespaces/${order.namespace}`;
  const path = `${namespace}/configmaps`;
  await patient.request("POST", "/api/v1/namespaces", {
    body: { apiVersion: "v1", kind: "Namespace", metadata: { name: order.namespace } },
  });
  await patient.request("POST", path, {
    body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: TICKER }, data: { tick: "0" } },
  });

  const ca = fs.readFileSync(order.ca);
  const url = `${order.endpoint}/livez`;
  // What a process does for the first time takes it long, and is no figure of the cluster.
  for (let i = 0; i < 3; i++) await attempt({ url, ca }, 0);
  const connections: Answer[] = [];
  const kept: Answer[] = [];
  const watch: number[] = [];
  const written: Written[] = [];
  const etcd: EtcdLook[] = [];
  const began = process.hrtime.bigint();
  const clock = monotonic(began);
  say({ began: String(began), at: new Date().toISOString() });
  const telling = (async () => {
    while (!stop.aborted) {
      say({ served: served(clock.now(), { connections, kept, watch, written, etcd }, order.members.length) });
      await pause(TOLD_EVERY, undefined, { signal: stop }).catch(() => undefined);
    }
  })();
  await Promise.all([
    newConnections(url, ca, clock, stop, connections),
    keptConnections(url, ca, clock, stop, kept),
    ticking(target, order.servers, path, clock, stop),
    watching(target, path, clock, stop, watch),
    writing(target, path, clock, stop, written),
    lookingAtEtcd(order, clock, stop, etcd),
    telling,
  ]);

  const there = await readBack(patient, path);
  const writes = written.map(write => ({ ...write, readBack: there.has(write.value) }));
  // What was lost is left for a look.
  if (!writes.some(write => answered(write) && !write.readBack)) await patient.request("DELETE", namespace);
  say({
    record: { connections: bySending(connections), kept: bySending(kept), watch, writes: bySending(writes), etcd },
  });
}

interface SoFar {
  readonly connections: readonly Answer[];
  readonly kept: readonly Answer[];
  readonly watch: readonly number[];
  readonly written: readonly Answer[];
  readonly etcd: readonly EtcdLook[];
}

function served(now: number, { connections, kept, watch, written, etcd }: SoFar, members: number): Served {
  const last = etcd.at(-1);
  const leader = last === undefined ? undefined : leaderOf(last.says, members);
  return {
    now,
    ...lastOf("connection", connections),
    ...lastOf("kept", kept),
    ...lastOf("write", written),
    ...(watch.length === 0 ? {} : { watch: watch.at(-1) }),
    ...(leader === undefined ? {} : { leader }),
  };
}

/** When the last one was sent that was answered well. */
function lastOf(name: "connection" | "kept" | "write", answers: readonly Answer[]): Partial<Served> {
  const found = answers.findLast(answered);
  return found === undefined ? {} : { [name]: found.sentAt };
}

const bySending = <T extends Answer>(answers: readonly T[]): T[] => [...answers].sort((a, b) => a.sentAt - b.sentAt);

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`traffic: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
