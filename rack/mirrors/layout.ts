import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { step } from "../command";

/** What an image's configuration says besides its layers. */
export interface ImageConfig {
  readonly entrypoint: readonly string[];
  /** Follow the entrypoint unless a container brings its own. */
  readonly words?: readonly string[];
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** The same everywhere: an image's digest depends on what is in it and on nothing else. */
const CREATED = "1970-01-01T00:00:00Z";
const TYPES = {
  // Not compressed: a machine of the rack unpacks on two shared cores what it fetches from next door.
  layer: "application/vnd.oci.image.layer.v1.tar",
  config: "application/vnd.oci.image.config.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
} as const;

/**
 * Writes an OCI image layout: one linux/amd64 image whose layers are the given folders, lowest first.
 * Returns the manifest's digest, which is also the image's in the registry.
 */
export async function writeLayout(layout: string, folders: readonly string[], config: ImageConfig): Promise<string> {
  await fs.mkdir(path.join(layout, "blobs", "sha256"), { recursive: true });
  const layers: Descriptor[] = [];
  for (const folder of folders) layers.push(await addLayer(layout, folder));
  const configuration = await addJson(layout, TYPES.config, {
    created: CREATED,
    architecture: "amd64",
    os: "linux",
    config: { Env: [`PATH=${PATH}`], Entrypoint: config.entrypoint, Cmd: config.words, WorkingDir: "/" },
    rootfs: { type: "layers", diff_ids: layers.map(layer => layer.digest) },
    history: layers.map(() => ({ created: CREATED, created_by: "rackplane rack/mirrors" })),
  });
  const manifest = await addJson(layout, TYPES.manifest, {
    schemaVersion: 2,
    mediaType: TYPES.manifest,
    config: configuration,
    layers,
  });
  await fs.writeFile(path.join(layout, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  await fs.writeFile(
    path.join(layout, "index.json"),
    JSON.stringify({
      schemaVersion: 2,
      manifests: [{ ...manifest, platform: { architecture: "amd64", os: "linux" } }],
    }),
  );
  return manifest.digest;
}

/** A tar of the folder in which order, owners and times say nothing about where and when it was made. */
async function addLayer(layout: string, folder: string): Promise<Descriptor> {
  const file = path.join(layout, "blobs", "layer.tar");
  await step(
    [
      "tar",
      "--create",
      "--file",
      file,
      "--directory",
      folder,
      "--format=gnu",
      "--sort=name",
      "--mtime=@0",
      "--owner=0",
      "--group=0",
      "--numeric-owner",
      "--hard-dereference",
      ".",
    ],
    { purpose: `packing the layer ${folder}` },
  );
  const hash: Hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return keep(layout, TYPES.layer, file, hash.digest("hex"));
}

async function addJson(layout: string, mediaType: string, content: unknown): Promise<Descriptor> {
  const text = JSON.stringify(content);
  const file = path.join(layout, "blobs", "document.json");
  await fs.writeFile(file, text);
  return keep(layout, mediaType, file, createHash("sha256").update(text).digest("hex"));
}

async function keep(layout: string, mediaType: string, file: string, hex: string): Promise<Descriptor> {
  const blob = path.join(layout, "blobs", "sha256", hex);
  await fs.rename(file, blob);
  return { mediaType, digest: `sha256:${hex}`, size: (await fs.stat(blob)).size };
}
