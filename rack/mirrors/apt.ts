import { createHash } from "node:crypto";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { DEFAULT_KUBERNETES_VERSION } from "../../cloud-init/kubernetes-versions";
import { step } from "../command";
import { buildDeb } from "./build-deb";
import { CNI_PLUGINS, debianRoot } from "./debian-tools";
import { debsFor, UNITS, type DebSpec } from "./debs";
import { minorOf } from "./minor";
import { withSigner } from "./signing";
import { inWorkFolder } from "./work-folder";

/** The Kubernetes that rack/tools/build.sh builds; a test holds it to the same table. */
const KUBERNETES_VERSION = DEFAULT_KUBERNETES_VERSION;
/** Raise it when the way the repository is put together changes. */
const RECIPE = 1;

/** A repository's path on pkgs.k8s.io: one a minor, such as 1.34. */
export const repositoryPath = (minor: string) => `/core:/stable:/v${minor}/deb/`;

/**
 * Makes the signed apt repository with the rack's Kubernetes packages, flat as on pkgs.k8s.io, and returns its folder:
 * Packages, Release, InRelease, Release.key and the packages in amd64/. What is made from the same programs stays, and of
 * other repositories those that are called `beside`.
 */
export async function buildAptRepository(
  cache: string,
  say: (line: string) => void,
  debs: readonly DebSpec[] = debsFor(KUBERNETES_VERSION),
  { beside = [] }: { readonly beside?: readonly string[] } = {},
): Promise<string> {
  const apt = path.join(cache, "apt");
  const repository = path.join(apt, `repository-${await inputsOf(debs, cache)}`);
  if (await fs.stat(repository).catch(() => undefined)) {
    say("apt: the repository is current");
    return repository;
  }
  const begin = Date.now();
  await inWorkFolder(apt, async work => {
    const made = path.join(work, "repository");
    await fs.mkdir(path.join(made, "amd64"), { recursive: true });
    const sources = { bin: path.join(cache, "bin"), debian: () => debianRoot(cache, CNI_PLUGINS.packages) };
    for (const deb of debs) {
      const files = path.join(work, `${deb.name}_${deb.version}`);
      await fs.mkdir(files);
      await fs.chmod(files, 0o755);
      await buildDeb(deb, sources, files, path.join(made, "amd64"));
    }
    await index(made);
    await withSigner(path.join(apt, "gnupg"), async signer => {
      await signer.exportKey(path.join(made, "Release.key"));
      await signer.sign(made);
    });
    await replaceRepositories(apt, made, repository, beside);
  });
  say(`apt: ${debs.length} packages in ${((Date.now() - begin) / 1000).toFixed(1)} s`);
  return repository;
}

/** The packages of these versions by their minor, as pkgs.k8s.io has them: no minor's repository has a package of another. */
export function repositoriesOf(versions: readonly string[]): ReadonlyMap<string, readonly DebSpec[]> {
  const repositories = new Map<string, DebSpec[]>();
  for (const version of versions) {
    const debs = repositories.get(minorOf(version)) ?? [];
    // Versions of one minor share what connects pods.
    debs.push(
      ...debsFor(version).filter(deb => !debs.some(had => had.name === deb.name && had.version === deb.version)),
    );
    repositories.set(minorOf(version), debs);
  }
  return repositories;
}

/** Writes Packages and Release. One hash is enough for every apt that is still in use, and reads each file once. */
async function index(repository: string): Promise<void> {
  const purpose = "indexing the apt mirror";
  const only256 = ["MD5", "SHA1", "SHA512"].flatMap(hash => ["-o", `APT::FTPArchive::${hash}=false`]);
  const packages = await step(["apt-ftparchive", ...only256, "packages", "amd64"], { purpose, cwd: repository });
  await fs.writeFile(path.join(repository, "Packages"), packages);
  await fs.writeFile(path.join(repository, "Packages.gz"), await promisify(gzip)(packages));
  const fields = { Origin: "rackplane-rack", Label: "Kubernetes in the rack", Suite: "stable", Architectures: "amd64" };
  const release = await step(
    [
      "apt-ftparchive",
      ...only256,
      ...Object.entries(fields).flatMap(([field, value]) => ["-o", `APT::FTPArchive::Release::${field}=${value}`]),
      "release",
      ".",
    ],
    { purpose, cwd: repository },
  );
  await fs.writeFile(path.join(repository, "Release"), release);
}

/** The new repository appears whole; older ones go. */
async function replaceRepositories(
  apt: string,
  made: string,
  repository: string,
  beside: readonly string[],
): Promise<void> {
  await fs.rename(made, repository);
  for (const entry of await fs.readdir(apt)) {
    const kept = [repository, ...beside].some(folder => entry === path.basename(folder));
    if (entry.startsWith("repository-") && !kept) {
      await fs.rm(path.join(apt, entry), { recursive: true, force: true });
    }
  }
}

/** A short hash of all that decides what the repository holds; programs count by size and time of change. */
async function inputsOf(debs: readonly DebSpec[], cache: string): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify([RECIPE, debs]));
  for (const deb of debs) {
    for (const source of Object.values(deb.files)) {
      if (source.kind === "unit") hash.update(await fs.readFile(path.join(UNITS, source.name)));
      if (source.kind !== "program") continue;
      const file = path.join(cache, "bin", source.name);
      const stat = await fs.stat(file).catch(() => {
        throw new Error(
          `package ${deb.name}: expected the program ${file}, found none; run rack/tools/build.sh ${cache}`,
        );
      });
      hash.update(JSON.stringify([source.name, stat.size, stat.mtimeMs]));
    }
  }
  return hash.digest("hex").slice(0, 12);
}
