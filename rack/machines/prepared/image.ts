import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { run } from "../../command";
import { referenceOf, repositoryOf, type ImageSpec } from "../../mirrors/images";
import { startRegistry } from "../../mirrors/registry";
import { MACHINE_SYSTEMS, type MachineSystem } from "../systems";

/**
 * What a machine of the rack boots from, besides what makes it this machine.
 *
 * `plain` is the distribution's image: a machine installs its packages and pulls its images. `prepared` is an
 * operator's own image that has them already, as a person makes one who replaces machines often.
 */
export interface DiskImage {
  /** Folders that the machine's root is laid upon, the highest first. */
  readonly layers: readonly string[];
  /** A containerd store to begin with. */
  readonly containerd?: string;
}

export interface PreparedArgs {
  readonly cache: string;
  readonly system: MachineSystem;
  /** Of that operating system. */
  readonly rootfs: string;
  /** The rack's apt repository. */
  readonly repository: string;
  /** The storage of the rack's registry. */
  readonly registry: string;
  readonly images: readonly ImageSpec[];
}

/** Where the image of these contents lies, whether or not it is built. Pure but for what it reads of the registry. */
export function preparedFolder({ cache, system, rootfs, repository, registry, images }: PreparedArgs): string {
  const hash = createHash("sha256");
  // The names of both folders are hashes of what they hold.
  for (const part of [path.basename(rootfs), path.basename(repository)]) hash.update(`${part}\0`);
  for (const image of images) hash.update(`${referenceOf(image)}=${digestOf(image, registry)}\0`);
  hash.update(fs.readFileSync(SCRIPT));
  return path.join(cache, `${prefix(system)}${hash.digest("hex").slice(0, 16)}`);
}

const prefix = (system: MachineSystem) => `prepared-${system}-`;

/** The digest that the registry has under the image's tag. */
function digestOf(image: ImageSpec, registry: string): string {
  const tags = path.join(registry, "docker/registry/v2/repositories", repositoryOf(image), "_manifests/tags");
  return fs.readFileSync(path.join(tags, image.tag, "current/link"), "utf8").trim();
}

export const diskImageOf = (rootfs: string, folder: string): DiskImage => ({
  layers: [path.join(folder, "root"), rootfs],
  containerd: path.join(folder, "containerd"),
});

/** Builds the image aside and puts it in place by a rename, once; an interrupted build is never taken for an image. */
export async function buildPrepared(args: PreparedArgs, say: (line: string) => void): Promise<DiskImage> {
  const folder = preparedFolder(args);
  if (!fs.existsSync(folder)) await build(folder, args, say);
  return diskImageOf(args.rootfs, folder);
}

async function build(folder: string, args: PreparedArgs, say: (line: string) => void): Promise<void> {
  const begin = Date.now();
  const aside = `${folder}.building`;
  fs.rmSync(aside, { recursive: true, force: true });
  fs.mkdirSync(aside, { mode: 0o755 });
  const registry = await startRegistry({ address: "127.0.0.1", port: 0, storage: args.registry });
  try {
    const images = args.images.map(image => `${referenceOf(image)}=${repositoryOf(image)}:${image.tag}`);
    const from = `${registry.address}:${registry.port}`;
    const script = ["bash", SCRIPT, args.rootfs, aside, path.join(args.repository, "amd64"), from, ...images];
    // The process namespace ends with the script: whatever it left running in it ends, too.
    await run(["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", ...script], {
      timeoutSeconds: BUILD_SECONDS,
    });
  } finally {
    await registry.stop();
  }
  for (const mounted of ["merged", "work"]) fs.rmSync(path.join(aside, mounted), { recursive: true });
  fs.renameSync(aside, folder);
  for (const name of fs.readdirSync(args.cache))
    if (name.startsWith(prefix(args.system)) && path.join(args.cache, name) !== folder)
      fs.rmSync(path.join(args.cache, name), { recursive: true });
  say(
    `prepared disk, ${MACHINE_SYSTEMS[args.system].title}: packages and ${args.images.length} images in ${((Date.now() - begin) / 1000).toFixed(1)} s`,
  );
}

const SCRIPT = path.join(__dirname, "build.sh");
/** It takes about ten seconds on two cores. */
const BUILD_SECONDS = 300;
