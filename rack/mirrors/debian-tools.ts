import { createHash } from "node:crypto";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { step } from "../command";
import { inWorkFolder } from "./work-folder";

/** Programs of Debian that an image carries, with every library they load. */
export interface ToolSet {
  /** The packages that hold all of them. */
  readonly packages: readonly string[];
  /** Paths in the packages. */
  readonly programs: readonly string[];
  /** Folders of modules that the programs load by name, which no loader lists. */
  readonly modules: readonly string[];
  /** Files that the programs read, as they are in the packages. */
  readonly files: readonly string[];
  /** Link -> target: what the packages' own scripts would have set up. */
  readonly links: Readonly<Record<string, string>>;
}

const NFT_MULTI = "xtables-nft-multi";
/** Busybox has one, too, which does not know the options that the tests give it. */
const NETCAT = "nc.openbsd";

export const DEBIAN_TOOLS = {
  packetFilter: {
    packages: ["nftables", "iptables", "iproute2", "netbase"],
    programs: ["/usr/sbin/nft", `/usr/sbin/${NFT_MULTI}`, "/bin/ip"],
    modules: ["/usr/lib/x86_64-linux-gnu/xtables"],
    // Without it nft prints protocols as numbers, and kube-proxy takes its own rules for a stranger's at its hourly full
    // sync: no Service answers any more.
    files: ["/etc/protocols"],
    links: Object.fromEntries(
      ["iptables", "ip6tables"].flatMap(name =>
        ["", "-save", "-restore"].map(verb => [`/usr/sbin/${name}${verb}`, NFT_MULTI]),
      ),
    ),
  },
  /** What Kubernetes' own tests call in the pods that they make. */
  questions: {
    packages: ["busybox", "curl", "bind9-dnsutils", "libc-bin", "netcat-openbsd"],
    programs: [
      "/bin/busybox",
      "/usr/bin/curl",
      "/usr/bin/dig",
      "/usr/bin/nslookup",
      "/usr/bin/getent",
      `/bin/${NETCAT}`,
    ],
    modules: [],
    files: [],
    links: {
      "/bin/nc": NETCAT,
      ...Object.fromEntries(
        ["sh", "cat", "echo", "grep", "hostname", "seq", "sleep", "test", "wget"].map(name => [
          `/bin/${name}`,
          "busybox",
        ]),
      ),
    },
  },
} as const satisfies Record<string, ToolSet>;

/** The CNI plugins that the apt mirror repacks: the package, and where it keeps them. */
export const CNI_PLUGINS = { packages: ["containernetworking-plugins"], folder: "/usr/lib/cni" } as const;

/**
 * Packages, unpacked with all they depend on, as a folder in the cache.
 *
 * apt resolves against an empty status file: the result holds every library, whatever the host has installed.
 */
export async function debianRoot(cache: string, packages: readonly string[]): Promise<string> {
  const key = createHash("sha256").update(packages.join()).digest("hex").slice(0, 12);
  const root = path.join(cache, `debian-${key}`);
  if (await fs.stat(root).catch(() => undefined)) return root;

  await inWorkFolder(cache, async work => {
    await fetchPackages(work, packages);
    await fs.mkdir(path.join(work, "root"));
    for (const file of (await fs.readdir(path.join(work, "archives"))).filter(name => name.endsWith(".deb"))) {
      await step(["dpkg-deb", "-x", path.join(work, "archives", file), path.join(work, "root")], {
        purpose: `unpacking ${file}`,
      });
    }
    await fs.rename(path.join(work, "root"), root);
  });
  return root;
}

async function fetchPackages(work: string, packages: readonly string[]): Promise<void> {
  await fs.mkdir(path.join(work, "archives", "partial"), { recursive: true });
  await fs.writeFile(path.join(work, "status"), "");
  await step(
    [
      "apt-get",
      "install",
      "--download-only",
      "--assume-yes",
      "--no-install-recommends",
      "--quiet",
      "-o",
      `Dir::State::status=${work}/status`,
      "-o",
      `Dir::Cache::archives=${work}/archives`,
      "-o",
      "APT::Sandbox::User=root",
      "-o",
      "Debug::NoLocking=1",
      ...packages,
    ],
    { purpose: `fetching Debian's ${packages.join(", ")} (if they are not found: apt-get update)` },
  );
}

/** Copies a tool set and all its libraries out of the unpacked packages into an image's root. */
export async function placeTools(tools: ToolSet, root: string, image: string): Promise<void> {
  const modules: string[] = [];
  for (const folder of tools.modules) {
    for (const file of await fs.readdir(path.join(root, folder))) modules.push(path.join(folder, file));
  }
  const wanted = new Set([...tools.programs, ...modules]);
  for (const file of [...wanted]) {
    for (const library of await librariesOf(file, root)) wanted.add(library);
  }
  const place = async (file: string, mode: number) => {
    const to = path.join(image, file);
    await fs.mkdir(path.dirname(to), { recursive: true });
    await fs.copyFile(await insideOf(root, file), to);
    await fs.chmod(to, mode);
  };
  for (const file of wanted) await place(file, 0o755);
  for (const file of tools.files) await place(file, 0o644);
  for (const [link, target] of Object.entries(tools.links)) {
    await fs.mkdir(path.dirname(path.join(image, link)), { recursive: true });
    await fs.symlink(target, path.join(image, link));
  }
}

const LIBRARY_FOLDERS = ["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu"];
const LOADER = "/lib64/ld-linux-x86-64.so.2";

/** What the packages' own loader would load for this file, as paths in the packages; `ldd` without a chroot. */
async function librariesOf(file: string, root: string): Promise<string[]> {
  const folders = LIBRARY_FOLDERS.map(folder => path.join(root, folder));
  const listing = await step(
    [await insideOf(root, LOADER), "--library-path", folders.join(":"), "--list", path.join(root, file)],
    { purpose: `listing the libraries of ${file}` },
  );
  const libraries = [LOADER];
  for (const line of listing.split("\n")) {
    const [, name, found] = /^\s*(\S+) => (.*?)(?: \(0x[0-9a-f]+\))?$/.exec(line) ?? [];
    if (!name || !found || name === LOADER) continue;
    if (!found.startsWith(root + "/")) {
      throw new Error(
        `${file}: needs ${name}, found ${found}, expected it below ${root}; ` +
          "add the package that holds it to the tool set in rack/mirrors/debian-tools.ts",
      );
    }
    libraries.push(found.slice(root.length));
  }
  return libraries;
}

/** Follows links the way a chroot would: absolute targets begin at the packages' root. */
async function insideOf(root: string, file: string): Promise<string> {
  const target = await fs.readlink(path.join(root, file)).catch(() => undefined);
  if (target === undefined) return path.join(root, file);
  return insideOf(root, path.resolve(path.dirname(file), target));
}
