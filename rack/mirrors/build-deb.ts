import * as fs from "node:fs/promises";
import * as path from "node:path";
import { step } from "../command";
import { controlOf, UNITS, type DebSpec, type FileSource } from "./debs";

/** Where the sources of a package's files are found. */
export interface DebSources {
  /** Folder with the programs. */
  readonly bin: string;
  /** The folder of Debian's unpacked packages, fetched when a package asks for it. */
  readonly debian: () => Promise<string>;
}

/**
 * Builds one package into `into`, using `work` for its files. It is not compressed: who installs it sits next door.
 * The same inputs give the same bytes.
 */
export async function buildDeb(deb: DebSpec, sources: DebSources, work: string, into: string): Promise<void> {
  let bytes = 0;
  for (const [to, source] of Object.entries(deb.files)) bytes += await place(source, sources, path.join(work, to));
  await fs.mkdir(path.join(work, "DEBIAN"));
  await fs.writeFile(path.join(work, "DEBIAN/control"), controlOf(deb, Math.ceil(bytes / 1024)));
  if (deb.conffiles) await fs.writeFile(path.join(work, "DEBIAN/conffiles"), deb.conffiles.join("\n") + "\n");
  if (deb.postinst) {
    await fs.writeFile(path.join(work, "DEBIAN/postinst"), deb.postinst);
    await fs.chmod(path.join(work, "DEBIAN/postinst"), 0o755);
  }
  const file = path.join(into, `${deb.name}_${deb.version}_amd64.deb`);
  await step(["dpkg-deb", "-Znone", "--root-owner-group", "--build", work, file], {
    purpose: `packing ${deb.name} ${deb.version}`,
    env: { SOURCE_DATE_EPOCH: "0" },
  });
}

/** Places a source at `to` and returns its size. */
async function place(source: FileSource, sources: DebSources, to: string): Promise<number> {
  await fs.mkdir(path.dirname(to), { recursive: true });
  switch (source.kind) {
    case "program":
      return copy(path.join(sources.bin, source.name), to, 0o755);
    case "unit":
      return copy(path.join(UNITS, source.name), to, 0o644);
    case "text":
      await fs.writeFile(to, source.text);
      await fs.chmod(to, 0o644);
      return source.text.length;
    case "debian": {
      const folder = path.join(await sources.debian(), source.folder);
      let bytes = 0;
      await fs.mkdir(to, { recursive: true });
      for (const name of await fs.readdir(folder)) {
        bytes += await copy(path.join(folder, name), path.join(to, name), 0o755);
      }
      return bytes;
    }
  }
}

async function copy(from: string, to: string, mode: number): Promise<number> {
  await fs.copyFile(from, to, fs.constants.COPYFILE_FICLONE).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    throw new Error(`packing ${to}: expected the file ${from}, found none; run rack/tools/build.sh`);
  });
  await fs.chmod(to, mode);
  return (await fs.stat(to)).size;
}
