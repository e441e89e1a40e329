import * as fs from "node:fs";
import * as path from "node:path";
import { STATE_DIR } from "../topology";

const LOCKS = path.join(STATE_DIR, "pulumi", "state", ".pulumi", "locks");

interface Lock {
  readonly pid: number;
}

/**
 * Removes the lock of a `pulumi` that was killed. The file backend leaves it behind, and a person would
 * have to answer with `pulumi cancel`; here the process that took it can be looked up, so a lock is
 * removed exactly when nobody holds it.
 */
export async function clearStaleLock(stack: string): Promise<void> {
  if (!fs.existsSync(LOCKS)) return;
  const files = fs.readdirSync(LOCKS, { recursive: true, encoding: "utf8" })
    .filter(file => file.endsWith(".json") && file.split(path.sep).includes(stack))
    .map(file => path.join(LOCKS, file));
  for (const file of files) {
    const { pid } = JSON.parse(fs.readFileSync(file, "utf8")) as Lock;
    if (fs.existsSync(`/proc/${pid}`)) {
      throw new Error(`stack ${stack} is locked by process ${pid}, which is running: wait for it, or end it, and run this again`);
    }
    fs.rmSync(file);
  }
}
