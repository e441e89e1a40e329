import * as fs from "node:fs";
import * as path from "node:path";
import { rootfs } from "../machines/rootfs";
import { buildAptRepository, buildImages } from "../mirrors";
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
