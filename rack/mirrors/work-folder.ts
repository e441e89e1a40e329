import * as fs from "node:fs/promises";
import * as path from "node:path";

/**
 * Lends a folder below `parent` for the time of a build, and takes away what killed builds left there.
 * The builder's process id is in the name: that tells a killed build's folder from one still in use.
 */
export async function inWorkFolder<T>(parent: string, build: (folder: string) => Promise<T>): Promise<T> {
  await fs.mkdir(parent, { recursive: true });
  for (const entry of await fs.readdir(parent)) {
    const builder = /^mirror-building\.(\d+)\./.exec(entry)?.[1];
    if (builder && !isAlive(Number(builder))) await fs.rm(path.join(parent, entry), { recursive: true, force: true });
  }
  const folder = await fs.mkdtemp(path.join(parent, `mirror-building.${process.pid}.`));
  try {
    return await build(folder);
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Not allowed to signal it: it is somebody else's, and alive.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
