import * as fs from "node:fs";
import * as path from "node:path";
import { pulumiHome } from "./paths";

const locks = (): string => path.join(pulumiHome(), "state", ".pulumi", "locks");

/** Seconds that a `pulumi` which was just killed may take to be gone. */
const DYING_SECONDS = 10;

/**
 * Removes the lock of a `pulumi` that was killed. The file backend leaves it behind, and a person would
 * have to answer with `pulumi cancel`; here the process that took it can be looked up, so a lock is
 * removed exactly when nobody holds it.
 *
 * @throws Error naming the process that holds the lock.
 */
export async function clearStaleLock(stack: string): Promise<void> {
  const folder = locks();
  if (!fs.existsSync(folder)) return;
  const files = fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter(file => file.endsWith(".json") && file.split(path.sep).includes(stack))
    .map(file => path.join(folder, file));
  for (const file of files) {
    const { pid } = JSON.parse(fs.readFileSync(file, "utf8")) as { pid: number };
    const deadline = Date.now() + DYING_SECONDS * 1000;
    while (holds(pid)) {
      if (Date.now() > deadline) {
        throw new Error(
          `stack ${stack} is locked by process ${pid}, which is a running pulumi: wait for it, or end it, and run this again`,
        );
      }
      await new Promise(resolve => setTimeout(resolve, 200));
    }
    fs.rmSync(file, { force: true });
  }
}

/** A live process of that number and name; a zombie has nothing left to write. */
function holds(pid: number): boolean {
  try {
    const [, name, state] = /\((.*)\) (\S)/.exec(fs.readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    return name === "pulumi" && state !== "Z";
  } catch {
    return false;
  }
}
