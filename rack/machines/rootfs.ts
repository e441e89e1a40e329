import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { run } from "../command";
import { cacheDir, STATE_DIR } from "../topology";
import { readEntries } from "./store";
import { MACHINE_SYSTEMS, type MachineSystem } from "./systems";

/** Debian packages of the machines' image: what a provider's image and a Debian mirror would give. */
export const PACKAGES = [
  "systemd",
  "systemd-sysv",
  "dbus",
  "cloud-init",
  "openssh-server",
  "sudo",
  "python3",
  "containerd",
  "runc",
  "containernetworking-plugins",
  "iproute2",
  "iputils-ping",
  "nftables",
  "iptables",
  "conntrack",
  "ethtool",
  "socat",
  "ebtables",
  "netbase",
  "keepalived",
  "bird2",
  "haproxy",
  "nginx",
  "libnginx-mod-stream",
  "curl",
  "jq",
  "ca-certificates",
  "gpg",
  "openssl",
  // Encrypts backups (cloud-init/node/grant/lib/stores.sh).
  "restic",
  "kmod",
  "procps",
  "mount",
  "less",
] as const;

const BUILDING = "rootfs-building-";

/** The root file system of an operating system in the cache, whether it is built or not. */
export const rootfsPath = (system: MachineSystem): string => path.join(cacheDir(), `rootfs-${inputsHash(system)}`);

/**
 * The machines' root file system, built once into the cache; its path.
 *
 * It is built aside and put in place by a rename: an interrupted build is never taken for a root file system.
 */
export async function rootfs(system: MachineSystem, log: (line: string) => void = () => undefined): Promise<string> {
  const target = rootfsPath(system);
  if (fs.existsSync(target)) return target;
  fs.mkdirSync(cacheDir(), { recursive: true });
  log(`building the machines' root file system, ${MACHINE_SYSTEMS[system].title} (about a minute, once)`);
  removeAbandonedBuilds();
  const work = path.join(cacheDir(), `${BUILDING}${process.pid}`);
  fs.mkdirSync(work);
  try {
    const built = path.join(work, "root");
    await run(mmdebstrap(system, built, work), { timeoutSeconds: 1800 });
    fs.renameSync(built, target);
    removeOutdated();
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
  return target;
}

/** What a builder left that was killed: its directory is named by its pid. */
function removeAbandonedBuilds(): void {
  for (const directory of listed(cacheDir())) {
    const pid = path.basename(directory).startsWith(BUILDING) && path.basename(directory).slice(BUILDING.length);
    if (pid && (pid === String(process.pid) || !fs.existsSync(`/proc/${pid}`)))
      fs.rmSync(directory, { recursive: true, force: true });
  }
}

/** Images of earlier inputs are of no use, unless a rack still runs on one. */
function removeOutdated(): void {
  if (fs.existsSync(STATE_DIR) && readEntries().length > 0) return;
  const current = (Object.keys(MACHINE_SYSTEMS) as MachineSystem[]).map(rootfsPath);
  for (const directory of listed(cacheDir())) {
    if (/^rootfs-[0-9a-f]{16}$/.test(path.basename(directory)) && !current.includes(directory))
      fs.rmSync(directory, { recursive: true, force: true });
  }
}

/** How mmdebstrap makes a small Debian with these packages, as a folder, by way of the host's own mirrors. */
export const plainDebian = (packages: readonly string[]): string[] => [
  "mmdebstrap",
  "--quiet",
  "--variant=minbase",
  "--mode=root",
  "--format=directory",
  `--include=${packages.join(",")}`,
  "--dpkgopt=force-unsafe-io",
  ...["doc", "man", "locale"].map(folder => `--dpkgopt=path-exclude=/usr/share/${folder}/*`),
  ...hostAcquireOptions().map(option => `--aptopt=${option}`),
];

function mmdebstrap(system: MachineSystem, target: string, work: string): string[] {
  const { suite } = MACHINE_SYSTEMS[system];
  return [
    ...plainDebian(PACKAGES),
    `--customize-hook=${path.join(__dirname, "image.sh")} "$1"`,
    suite,
    target,
    ...debianSources(suite, work),
  ];
}

/**
 * The host's own lists of Debian sources, of another release if need be: the rack names no mirror. Without any,
 * mmdebstrap's default serves.
 *
 * @param work a folder for copies of them
 */
export function debianSources(suite: string, work: string): string[] {
  const inDirectory = listed("/etc/apt/sources.list.d").filter(file => /\.(list|sources)$/.test(file));
  return ["/etc/apt/sources.list", ...inDirectory].flatMap((file, i) => {
    const text = fs.existsSync(file) ? sourcesOf(fs.readFileSync(file, "utf8"), suite) : undefined;
    if (text === undefined) return [];
    const own = path.join(work, `${i}${path.extname(file)}`);
    fs.writeFileSync(own, text);
    return [own];
  });
}

/** A list of sources that names any of the releases, as a list of this one: pure. Undefined for any other list. */
export function sourcesOf(text: string, suite: string): string | undefined {
  const releases = Object.values(MACHINE_SYSTEMS).map(system => system.suite);
  // Not the suites of others, such as "cloud-sdk-bookworm".
  const release = new RegExp(`(?<![\\w-])(?:${releases.join("|")})(?=-(?:updates|security)\\b|(?![\\w-]))`, "g");
  // An empty line would end a paragraph of the deb822 form, so comments go whole.
  const lines = text.split("\n").filter(line => !line.trimStart().startsWith("#"));
  if (!lines.some(line => line.search(release) >= 0)) return undefined;
  return lines.join("\n").replace(release, suite);
}

/** How the host's apt fetches (a proxy, a mirror that is older than its validity): settings, one a line. */
function hostAcquireOptions(): string[] {
  return listed("/etc/apt/apt.conf.d")
    .flatMap(file => fs.readFileSync(file, "utf8").split("\n"))
    .filter(line => /^\s*Acquire::(Check-|http|https|Retries)[^{}]*;\s*$/.test(line))
    .map(line => line.trim());
}

/** Everything that decides what the image is. */
function inputsHash(system: MachineSystem): string {
  const hash = createHash("sha256");
  for (const part of [MACHINE_SYSTEMS[system].suite, ...PACKAGES]) hash.update(`${part}\0`);
  for (const file of [path.join(__dirname, "image.sh"), ...filesBelow(path.join(__dirname, "image"))]) {
    hash
      .update(`${path.relative(__dirname, file)}\0`)
      .update(fs.readFileSync(file))
      .update("\0");
  }
  return hash.digest("hex").slice(0, 16);
}

export function filesBelow(directory: string): string[] {
  return listed(directory).flatMap(file => (fs.statSync(file).isDirectory() ? filesBelow(file) : [file]));
}

function listed(directory: string): string[] {
  return fs.existsSync(directory)
    ? fs
        .readdirSync(directory)
        .sort()
        .map(name => path.join(directory, name))
    : [];
}
