import * as fs from "node:fs";
import { attempt } from "./attempt";
import { type Attempt, summarise } from "./outcome";

/**
 * Asks a URL `RATE` times a second for `SECONDS`, each time over a new connection, with the CA checked if one is named,
 * and prints an Outcome as JSON. Ends by itself, or early on SIGTERM with what it has.
 *
 *   node main.ts URL RATE SECONDS [CA-FILE]
 */
const [url = "", rate = "20", seconds = "30", caFile] = process.argv.slice(2);

const ca = caFile === undefined ? undefined : fs.readFileSync(caFile);
const began = new Date();
const begin = process.hrtime.bigint();
const now = () => Number(process.hrtime.bigint() - begin) / 1e9;

let stopped = false;
process.once("SIGTERM", () => (stopped = true));

async function main(): Promise<void> {
  const attempts: Promise<Attempt>[] = [];
  const total = Number(rate) * Number(seconds);
  for (let n = 0; n < total && !stopped; n++) {
    attempts.push(attempt({ url, ca }, now()));
    const wait = (n + 1) / Number(rate) - now();
    if (wait > 0) await new Promise(resolve => setTimeout(resolve, wait * 1000));
  }
  const all = await Promise.all(attempts);
  if (process.env.PROBE_DETAIL) process.stderr.write(`${JSON.stringify(all.filter(a => a.result !== "ok"))}\n`);
  process.stdout.write(`${JSON.stringify(summarise(all, began))}\n`);
}

void main();
