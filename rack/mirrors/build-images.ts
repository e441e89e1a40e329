import { createHash } from "node:crypto";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { step } from "../command";
import { makeCertificates, RACK_CA } from "../setup/certificates";
import { debianRoot, placeTools, type ToolSet } from "./debian-tools";
import { referenceOf, repositoryOf, type ImageSpec } from "./images";
import { writeLayout } from "./layout";
import { startRegistry, type Registry } from "./registry";
import { inWorkFolder } from "./work-folder";

/** Raise it when the way images are put together changes: every one is then built again. */
const RECIPE = 1;

/** Where Go's programs look for whom to trust. */
const CA_BUNDLE = "etc/ssl/certs/ca-certificates.crt";

/** Where the registry keeps its images. */
export const registryStorage = (cache: string) => path.join(cache, "registry");

/** Says of an image in the registry what it was made from. */
interface Stamp {
  readonly inputs: string;
  readonly digest: string;
}

/**
 * Brings images that the rack's clusters pull into the registry's storage, from the programs in the cache's `bin`.
 * What is there and made from the same programs stays. An interrupted build is taken up at the image it was at.
 */
export async function buildImages(
  cache: string,
  say: (line: string) => void,
  images: readonly ImageSpec[],
): Promise<void> {
  const storage = registryStorage(cache);
  if (images.some(({ trusts }) => trusts)) await makeCertificates();
  const due: { image: ImageSpec; inputs: string }[] = [];
  for (const image of images) {
    const inputs = await inputsOf(image, cache);
    if (!(await isCurrent(image, inputs, storage))) due.push({ image, inputs });
  }
  if (due.length === 0) return say(`images: all ${images.length} are current`);

  await fs.mkdir(path.join(storage, "stamps"), { recursive: true });
  const registry = await startRegistry({ address: "127.0.0.1", port: 0, storage, writable: true });
  try {
    for (const { image, inputs } of due) {
      const begin = Date.now();
      const digest = await inWorkFolder(cache, work => build(image, cache, work, registry));
      await writeStamp(image, { inputs, digest }, storage);
      say(`image ${referenceOf(image)} ${((Date.now() - begin) / 1000).toFixed(1)} s`);
    }
  } finally {
    await registry.stop();
  }
}

/** Puts one image together and pushes it; nothing names it in the registry before all of it is there. */
async function build(image: ImageSpec, cache: string, work: string, registry: Registry): Promise<string> {
  const program = path.join(work, "program");
  const folders = [program];
  for (const [to, from] of Object.entries(image.programs)) {
    await placeProgram(path.join(cache, "bin", from), path.join(program, to));
  }
  if (image.trusts) {
    await fs.mkdir(path.join(program, path.dirname(CA_BUNDLE)), { recursive: true });
    await fs.copyFile(RACK_CA, path.join(program, CA_BUNDLE));
  }
  await placeFolders(program);
  if (image.tools) folders.unshift(await toolFolder(image.tools, cache, path.join(work, "tools")));

  const layout = path.join(work, "layout");
  const digest = await writeLayout(layout, folders, image);
  const target = `${registry.address}:${registry.port}/${repositoryOf(image)}:${image.tag}`;
  const purpose = `pushing ${referenceOf(image)}`;
  const pushed = await step([path.join(cache, "bin", "crane"), "push", "--insecure", layout, target], { purpose });
  if (!pushed.trim().endsWith(digest)) {
    throw new Error(`${purpose}: the registry has ${pushed.trim()}, expected ${digest}; remove ${cache}/registry`);
  }
  return digest;
}

async function toolFolder(tools: ToolSet, cache: string, folder: string): Promise<string> {
  await placeTools(tools, await debianRoot(cache, tools.packages), folder);
  await placeFolders(folder);
  return folder;
}

async function placeProgram(from: string, to: string): Promise<void> {
  await fs.mkdir(path.dirname(to), { recursive: true });
  await fs.copyFile(from, to, fs.constants.COPYFILE_FICLONE);
  await fs.chmod(to, 0o755);
}

/** The folders that programs and mounts take for granted, with modes that no umask has a say in. */
async function placeFolders(root: string): Promise<void> {
  for (const folder of ["etc", "run", "tmp"]) await fs.mkdir(path.join(root, folder), { recursive: true });
  for (const entry of await fs.readdir(root, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) await fs.chmod(path.join(entry.parentPath, entry.name), 0o755);
  }
  await fs.chmod(root, 0o755);
  await fs.chmod(path.join(root, "tmp"), 0o1777);
}

/**
 * A hash of all that decides what an image holds. Programs count by size and time of change, since build.sh replaces
 * them whole: reading 700 MB at every start would cost more than it finds.
 */
async function inputsOf(image: ImageSpec, cache: string): Promise<string> {
  const programs: unknown[] = [];
  for (const from of Object.values(image.programs)) {
    const file = path.join(cache, "bin", from);
    const stat = await fs.stat(file).catch(() => {
      throw new Error(
        `image ${referenceOf(image)}: expected the program ${file}, found none; run rack/tools/build.sh ${cache}`,
      );
    });
    programs.push([from, stat.size, stat.mtimeMs]);
  }
  const trusted = image.trusts ? [await fs.readFile(RACK_CA, "utf8")] : [];
  return createHash("sha256")
    .update(JSON.stringify([RECIPE, image, programs, ...trusted]))
    .digest("hex");
}

const stampFile = (image: ImageSpec, storage: string) =>
  path.join(storage, "stamps", `${repositoryOf(image).replaceAll("/", "_")}_${image.tag}.json`);

async function writeStamp(image: ImageSpec, stamp: Stamp, storage: string): Promise<void> {
  const file = stampFile(image, storage);
  await fs.writeFile(`${file}.new`, JSON.stringify(stamp));
  await fs.rename(`${file}.new`, file);
}

/** Whether the stamp names these inputs and the registry's own link for the tag names the stamp's digest. */
async function isCurrent(image: ImageSpec, inputs: string, storage: string): Promise<boolean> {
  const text = await fs.readFile(stampFile(image, storage), "utf8").catch(() => undefined);
  if (text === undefined) return false;
  const stamp = JSON.parse(text) as Stamp;
  const link = path.join(
    storage,
    "docker/registry/v2/repositories",
    repositoryOf(image),
    "_manifests/tags",
    image.tag,
    "current/link",
  );
  const tagged = await fs.readFile(link, "utf8").catch(() => undefined);
  return stamp.inputs === inputs && stamp.digest === tagged?.trim();
}
