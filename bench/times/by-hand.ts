import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { onMachine } from "../../rack/cli/operator";

const SCRIPT = fs.readFileSync(path.join(__dirname, "by-hand.sh"), "utf8");

/** Seconds of each thing that a person does, one after the other. */
export interface ByHand {
  readonly init: number;
  /** Of each further machine, serially. */
  readonly joins: readonly number[];
  /** From the last join until every node is Ready. */
  readonly ready: number;
}

/**
 * Takes the rack's machines apart and makes a control plane of them by hand: `kubeadm init` and serial joins, with no
 * VIP. The cluster that was on them is gone afterwards.
 *
 * @param machines name and address, the first first
 */
export async function byHand(machines: readonly { name: string; address: string }[]): Promise<ByHand> {
  const [first, ...others] = machines;
  if (first === undefined) throw new Error("by hand: found no machine, expected some; run ./rackplane up first");
  const run = (name: string, ...args: string[]) => onMachine(name, ["bash", "-s", "--", ...args], { input: SCRIPT });
  await Promise.all(machines.map(({ name }) => run(name, "reset")));
  const key = randomBytes(32).toString("hex");
  const [init, words] = await timed(() => run(first.name, "init", key));
  const [token = "", pin = ""] = words.trim().split(/\s+/);
  const joins: number[] = [];
  for (const { name } of others) joins.push((await timed(() => run(name, "join", first.address, token, pin, key)))[0]);
  const [ready] = await timed(() => run(first.name, "ready", String(machines.length)));
  return { init, joins, ready };
}

async function timed<T>(work: () => Promise<T>): Promise<[number, T]> {
  const begin = Date.now();
  const result = await work();
  return [(Date.now() - begin) / 1000, result];
}
