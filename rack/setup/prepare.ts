import * as fs from "node:fs";
import * as path from "node:path";
import { DEFAULT_KUBERNETES_VERSION } from "../../cloud-init/kubernetes-versions";
import {
  buildPrepared,
  diskImageOf,
  preparedFolder,
  type DiskImage,
  type PreparedArgs,
} from "../machines/prepared/image";
import { rootfs } from "../machines/rootfs";
import { buildAptRepository, buildImages, imagesFor, registryStorage } from "../mirrors";
import { cacheDir } from "../topology";

export const buildRootFileSystem = (say: (line: string) => void): Promise<string> => rootfs(say);

/** Where the daemon finds the apt repository that `up` built: a link, since its name carries a hash. */
export const APT_REPOSITORY = () => path.join(cacheDir(), "apt", "current");

/** The images and packages that stand in for the registries and for pkgs.k8s.io. */
export async function buildMirrors(say: (line: string) => void): Promise<void> {
  await buildImages(cacheDir(), say);
  const repository = await buildAptRepository(cacheDir(), say);
  fs.rmSync(APT_REPOSITORY(), { force: true });
  fs.symlinkSync(repository, APT_REPOSITORY());
}

/**
 * `plain`: machines boot the distribution's image, install their packages and pull their images. Otherwise their disks
 * have both already, which saves half a minute of each `up`.
 *
 * @throws Error for any other value of RACKPLANE_DISKS
 */
function disks(): "plain" | "prepared" {
  const { RACKPLANE_DISKS: found = "prepared" } = process.env;
  if (found !== "plain" && found !== "prepared")
    throw new Error(`RACKPLANE_DISKS: found "${found}", expected plain or prepared; leave it out for prepared`);
  return found;
}

const preparedArgs = (distribution: string): PreparedArgs => ({
  cache: cacheDir(),
  rootfs: distribution,
  repository: fs.realpathSync(APT_REPOSITORY()),
  registry: registryStorage(cacheDir()),
  images: imagesFor(DEFAULT_KUBERNETES_VERSION),
});

/** Builds what machines boot from, once, after the mirrors. */
export async function buildDisks(say: (line: string) => void): Promise<void> {
  if (disks() === "prepared") await buildPrepared(preparedArgs(await rootfs()), say);
}

/** What `buildDisks` built, for the daemon. */
export const diskImage = (distribution: string): DiskImage =>
  disks() === "prepared"
    ? diskImageOf(distribution, preparedFolder(preparedArgs(distribution)))
    : { layers: [distribution] };
