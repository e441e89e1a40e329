import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import type { TestMachine } from "./machine";

/** The file was last written so many seconds ago. */
export function age(machine: TestMachine, file: string, seconds: number): void {
  const then = Date.now() / 1000 - seconds;
  fs.utimesSync(path.join(machine.root, file), then, then);
}

export const modeOf = (machine: TestMachine, file: string): number =>
  fs.statSync(path.join(machine.root, file)).mode & 0o777;

/** A machine has what lies in another one's folder. */
export const take = (machine: TestMachine, from: TestMachine, folder: string): void =>
  fs.cpSync(path.join(from.root, folder), path.join(machine.root, folder), { recursive: true });

/** A snapshot of an empty database, with etcd's own sum at its end. */
export function snapshotAt(machine: TestMachine, file: string): void {
  machine.write(file, "");
  const database = Buffer.alloc(512);
  const sum = createHash("sha256").update(database).digest();
  fs.writeFileSync(path.join(machine.root, file), Buffer.concat([database, sum]));
}
