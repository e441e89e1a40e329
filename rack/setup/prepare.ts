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
import { rootfs, rootfsPath } from "../machines/rootfs";
import { MACHINE_SYSTEMS, type MachineSystem } from "../machines/systems";
import {
  buildAptRepository,
  buildImages,
  imagesFor,
  referenceOf,
  registryStorage,
  repositoriesOf,
  type ImageSpec,
} from "../mirrors";
import { cacheDir } from "../topology";

/** The root file systems of the operating systems that a stack's machines boot. */
export async function buildRootFileSystems(
  systems: readonly MachineSystem[],
  say: (line: string) => void,
): Promise<void> {
  for (const system of systems) await rootfs(system, say);
}

/** Where the daemon finds the apt repositories that `up` built: a link a minor, since their names carry a hash. */
const APT_REPOSITORIES = () => path.join(cacheDir(), "apt", "minors");

/** Each minor's apt repository; none before the first `up`. All are signed with one key. */
export function aptRepositories(): { readonly minor: string; readonly folder: string }[] {
  const links = APT_REPOSITORIES();
  const minors = fs.existsSync(links) ? fs.readdirSync(links) : [];
  return minors.map(minor => ({ minor, folder: path.join(links, minor) }));
}

/** The one with the usual packages alone, from which disks are prepared. */
const DISKS_REPOSITORY = () => path.join(cacheDir(), "apt", "disks");

/** The Kubernetes that tools/build.sh builds. */
const KUBERNETES_VERSION = DEFAULT_KUBERNETES_VERSION;

/**
 * The images, `further` ones besides, and packages that stand in for the registries and for pkgs.k8s.io; of further
 * `versions` of Kubernetes, too.
 */
export async function buildMirrors(
  say: (line: string) => void,
  { further, versions }: { readonly further: readonly ImageSpec[]; readonly versions: readonly string[] },
): Promise<void> {
  const images = [KUBERNETES_VERSION, ...versions].flatMap(imagesFor);
  await buildImages(cacheDir(), say, [...images.filter(isFirst), ...further]);
  const usual = await buildAptRepository(cacheDir(), say);
  point(DISKS_REPOSITORY(), usual);
  const beside = [usual];
  fs.rmSync(APT_REPOSITORIES(), { recursive: true, force: true });
  fs.mkdirSync(APT_REPOSITORIES(), { recursive: true });
  for (const [minor, debs] of repositoriesOf([KUBERNETES_VERSION, ...versions])) {
    const repository = await buildAptRepository(cacheDir(), say, debs, { beside });
    beside.push(repository);
    point(path.join(APT_REPOSITORIES(), minor), repository);
  }
}

/** Two versions of Kubernetes may share an etcd. */
const isFirst = (image: ImageSpec, i: number, images: readonly ImageSpec[]) =>
  images.findIndex(other => referenceOf(other) === referenceOf(image)) === i;

function point(link: string, folder: string): void {
  fs.rmSync(link, { force: true });
  fs.symlinkSync(folder, link);
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

/**
 * Prepared disks have the usual Kubernetes installed, and apt puts no older one in its place.
 *
 * @throws Error for a version of an earlier minor, where disks are prepared
 */
export function refuseOlderThanDisks(kubernetesVersion: string): void {
  const [, minor = ""] = kubernetesVersion.split(".");
  if (disks() !== "prepared" || !(Number(minor) < Number(KUBERNETES_VERSION.split(".")[1]))) return;
  throw new Error(
    `kubernetesVersion: found ${kubernetesVersion}, but machines with prepared disks have ${KUBERNETES_VERSION} installed; run it with RACKPLANE_DISKS=plain, ./rackplane down before it`,
  );
}

const preparedArgs = (system: MachineSystem): PreparedArgs => ({
  cache: cacheDir(),
  system,
  rootfs: rootfsPath(system),
  repository: fs.realpathSync(DISKS_REPOSITORY()),
  registry: registryStorage(cacheDir()),
  images: imagesFor(KUBERNETES_VERSION),
});

/** Builds what machines of these operating systems boot from, once, after root file systems and mirrors. */
export async function buildDisks(systems: readonly MachineSystem[], say: (line: string) => void): Promise<void> {
  if (disks() !== "prepared") return;
  for (const system of systems) await buildPrepared(preparedArgs(system), say);
}

/** What was built for an operating system, for the daemon. @throws Error when nothing was */
export function diskImage(system: MachineSystem): DiskImage {
  const image =
    disks() === "prepared"
      ? diskImageOf(rootfsPath(system), preparedFolder(preparedArgs(system)))
      : { layers: [rootfsPath(system)] };
  const missing = image.layers.find(layer => !fs.existsSync(layer));
  if (missing === undefined) return image;
  throw new Error(
    `${MACHINE_SYSTEMS[system].title}: found no ${missing}, expected its image; ./rackplane up of a stack whose file names ${system} builds it`,
  );
}
