import * as fs from "node:fs";
import * as path from "node:path";
import { step } from "../command";
import { cacheDir } from "../topology";

/**
 * The folder with the `node` of a version, fetched once into the cache: npm has the released binaries as packages.
 *
 * @param version exact, e.g. "22.23.3"
 */
export async function nodeFolder(version: string): Promise<string> {
  const name = `node-${process.platform}-${process.arch}`;
  const folder = path.join(cacheDir(), `node-${version}`);
  const bin = path.join(folder, "node_modules", name, "bin");
  if (fs.existsSync(path.join(bin, "node"))) return bin;
  const fresh = `${folder}.${process.pid}`;
  fs.mkdirSync(fresh, { recursive: true });
  await step(
    [
      "npm",
      "install",
      "--prefix",
      fresh,
      "--no-save",
      "--no-package-lock",
      "--no-audit",
      "--no-fund",
      `${name}@${version}`,
    ],
    { purpose: `fetching Node ${version}` },
  );
  fs.rmSync(folder, { recursive: true, force: true });
  fs.renameSync(fresh, folder);
  return bin;
}
