import * as fs from "node:fs";
import * as path from "node:path";
import { onMachine } from "../../rack/cli/operator";

const script = (name: string): string => fs.readFileSync(path.join(__dirname, name), "utf8");

/**
 * What a cluster has left on a machine that has gone out of it, in words: files, units, processes, addresses, links, ports,
 * rules. Empty where the machine is as it was before, packages aside.
 */
export const keptBy = async (machine: string, vip: string): Promise<string[]> =>
  lines(await onMachine(machine, ["bash", "-s", "--", vip], { input: script("kept.sh") }));

/**
 * The same once nothing is left, or after so many seconds: a machine that wipes itself does so after its neighbour has seen
 * it go.
 */
export async function keptAtLast(machine: string, vip: string, seconds = 30): Promise<string[]> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const kept = await keptBy(machine, vip);
    if (kept.length === 0 || Date.now() > end) return kept;
    await new Promise(resolve => setTimeout(resolve, 1000));
  }
}

/** What a person finds in a machine's folders of configuration: path to content. */
export type Found = ReadonlyMap<string, string>;

export async function foundOn(machine: string): Promise<Found> {
  const all = lines(await onMachine(machine, ["bash", "-s"], { input: script("found.sh") }));
  return new Map(
    all.map(line => {
      const at = line.indexOf("  ");
      return [line.slice(at + 2), line.slice(0, at)];
    }),
  );
}

/** Paths that are new, gone or have another content, each with which of these. What a package brought may be new. Pure. */
export function changedSince(before: Found, now: Found): string[] {
  const paths = [...new Set([...before.keys(), ...now.keys()])].sort();
  return paths.flatMap(path => {
    if (!before.has(path)) return now.get(path)?.endsWith(":package") === true ? [] : [`${path} is new`];
    if (!now.has(path)) return [`${path} is gone`];
    return before.get(path) === now.get(path) ? [] : [`${path} has changed`];
  });
}

const lines = (text: string): string[] => text.split("\n").filter(Boolean);
