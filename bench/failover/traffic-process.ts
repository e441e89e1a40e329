import execa from "execa";
import * as path from "node:path";
import * as readline from "node:readline";
import { inOps } from "../../rack/cli/operator";
import { REPOSITORY } from "../../rack/cli/paths";
import type { Served, TrafficOrder, TrafficRecord, TrafficWord } from "./traffic/messages";

const TSX = require.resolve("tsx/cjs");

/** Seconds in which the first client is sent off: the process starts and makes its namespace. */
const START_SECONDS = 60;
/** Seconds in which, once it is told to end, it has read back what it wrote; it has a minute of patience itself. */
const END_SECONDS = 180;

/** The clients of one run at work. */
export interface Traffic {
  /** ISO 8601 of second 0. */
  readonly at: string;
  /** Seconds since second 0. */
  readonly now: () => number;
  /** What it said last of who is served. */
  readonly served: () => Served | undefined;
  /** Sends no more clients off, reads back and returns all. @throws Error when it ended otherwise */
  readonly end: () => Promise<TrafficRecord>;
  /** Ends it without a record. */
  readonly kill: () => void;
}

/** Starts every client of a run in the operator's namespace; returns when the first one is sent off. */
export async function startTraffic(order: TrafficOrder): Promise<Traffic> {
  const child = execa(
    "ip",
    inOps([process.execPath, "--require", TSX, path.join(REPOSITORY, "bench/failover/traffic/main.ts")]),
    { stdin: "pipe", buffer: false, reject: false },
  );
  const words = hear(child);
  child.stdin?.on("error", () => undefined);
  child.stdin?.write(`${JSON.stringify(order)}\n`);
  const began = await within(words.began, START_SECONDS, "the first client was sent off").catch((error: unknown) => {
    child.kill("SIGKILL");
    throw error;
  });
  return {
    at: began.at,
    now: () => Number(process.hrtime.bigint() - BigInt(began.began)) / 1e9,
    served: words.served,
    end: async () => {
      child.stdin?.end();
      try {
        return await within(words.record, END_SECONDS, "it had read back what was written");
      } finally {
        child.kill("SIGKILL");
      }
    },
    kill: () => void child.kill("SIGKILL"),
  };
}

interface Words {
  readonly began: Promise<{ readonly began: string; readonly at: string }>;
  readonly record: Promise<TrafficRecord>;
  readonly served: () => Served | undefined;
}

/** Listens to what it says. When it ends, what it has not said by then fails with its last words. */
function hear(child: execa.ExecaChildProcess): Words {
  let served: Served | undefined;
  let complaints = "";
  const [began, record] = [deferred<{ began: string; at: string }>(), deferred<TrafficRecord>()];
  child.stderr?.on("data", (text: Buffer) => (complaints = `${complaints}${String(text)}`.slice(-2000)));
  if (child.stdout === null) throw new Error("traffic: found no standard output, expected a pipe");
  const lines = readline.createInterface({ input: child.stdout });
  lines.on("line", line => {
    const word = JSON.parse(line) as TrafficWord;
    if ("began" in word) began.resolve(word);
    else if ("served" in word) served = word.served;
    else record.resolve(word.record);
  });
  lines.on("close", () => {
    const error = new Error(`traffic: the process ended before its record was whole\n${complaints}`);
    began.reject(error);
    record.reject(error);
  });
  return { began: began.promise, record: record.promise, served: () => served };
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: Error): void;
}

function deferred<T>(): Deferred<T> {
  let [resolve, reject]: [(value: T) => void, (error: Error) => void] = [() => undefined, () => undefined];
  const promise = new Promise<T>((yes, no) => ([resolve, reject] = [yes, no]));
  // It may be waited for later, or never.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}

async function within<T>(promise: Promise<T>, seconds: number, what: string): Promise<T> {
  let alarm: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    alarm = setTimeout(() => reject(new Error(`traffic: waited ${seconds} s until ${what}, in vain`)), seconds * 1000);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(alarm);
  }
}
