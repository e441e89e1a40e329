import * as fs from "node:fs";
import * as path from "node:path";
import { cacheDir } from "../topology";

/** Minutes that each suite took the last time it ran to its end on this machine, by its name. */
export type Taken = Readonly<Record<string, number>>;

const file = () => path.join(cacheDir(), "suites.json");

export function taken(): Taken {
  try {
    return JSON.parse(fs.readFileSync(file(), "utf8")) as Taken;
  } catch {
    return {}; // never run here, or cut while written: the table's own minutes are used
  }
}

export function keepTaken(name: string, minutes: number): void {
  fs.mkdirSync(cacheDir(), { recursive: true });
  fs.writeFileSync(file(), JSON.stringify({ ...taken(), [name]: Math.round(minutes * 10) / 10 }, undefined, 2));
}
