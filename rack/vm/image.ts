import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { run } from "../command";
import { debianSources, filesBelow, plainDebian } from "../machines/rootfs";
import { PACKAGES as RACK_PACKAGES } from "../setup/packages";
import { cacheDir } from "../topology";

/** Besides what `up` would install on such a host: what makes a root file system boot, and node's libraries. */
const PACKAGES = [
  "systemd",
  "systemd-sysv",
  "udev",
  "dbus",
  "kmod",
  "ca-certificates",
  "gnupg",
  "netbase",
  "libstdc++6",
  "libatomic1",
  "linux-image-amd64",
  "initramfs-tools",
] as const;

const SUITE = "bookworm";
/** Size of its disk; the file is sparse. */
const DISK = "16G";

const SCRIPT = path.join(__dirname, "image.sh");
const FILES = path.join(__dirname, "image");

/** The files that a virtual machine boots from. */
export interface VmImage {
  readonly disk: string;
  readonly kernel: string;
  readonly initrd: string;
}

/**
 * A Debian host with all that the rack asks of one, as a disk: its kernel, its packages and the node that runs here.
 * Built once into the cache; a disk is taken for one only when it is whole.
 */
export async function vmImage(log: (line: string) => void = () => undefined): Promise<VmImage> {
  const folder = path.join(cacheDir(), `vm-${inputsHash()}`);
  const image = {
    disk: path.join(folder, "disk"),
    kernel: path.join(folder, "vmlinuz"),
    initrd: path.join(folder, "initrd"),
  };
  if (fs.existsSync(folder)) return image;
  log("building the virtual machine's disk (two minutes, once)");
  fs.mkdirSync(cacheDir(), { recursive: true });
  const work = fs.mkdtempSync(path.join(cacheDir(), "vm-building-"));
  try {
    const root = path.join(work, "root");
    await run(mmdebstrap(root), { timeoutSeconds: 3600 });
    const built = path.join(work, "built");
    fs.mkdirSync(built);
    for (const [file, name] of [
      [/^vmlinuz-/, "vmlinuz"],
      [/^initrd\.img-[^.]*\.[^.]*\.[^.]*$/, "initrd"],
    ] as const) {
      const found = fs.readdirSync(path.join(root, "boot")).find(entry => file.test(entry));
      if (found === undefined)
        throw new Error(`${root}/boot: found no file like ${file}, expected Debian's kernel there`);
      fs.copyFileSync(path.join(root, "boot", found), path.join(built, name));
    }
    // No journal: what is written to it goes with the run.
    await run(["mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-d", root, path.join(built, "disk"), DISK], {
      timeoutSeconds: 600,
    });
    removeOutdated();
    fs.renameSync(built, folder);
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
  return image;
}

/** Disks of earlier inputs are of no use; one that runs keeps its files open. */
function removeOutdated(): void {
  for (const entry of fs.readdirSync(cacheDir()).filter(name => /^vm-[0-9a-f]{16}$/.test(name)))
    fs.rmSync(path.join(cacheDir(), entry), { recursive: true, force: true });
}

function mmdebstrap(target: string): string[] {
  return [
    ...plainDebian([...Object.keys(RACK_PACKAGES), ...PACKAGES]),
    // With the lists, `up` has nothing to ask of a mirror.
    "--skip=cleanup/apt/lists",
    // Before the kernel's package makes its first initrd.
    `--essential-hook=mkdir -p "$1/etc/initramfs-tools"`,
    `--essential-hook=cp -r "${FILES}/etc/initramfs-tools/." "$1/etc/initramfs-tools/"`,
    `--customize-hook="${SCRIPT}" "$1" "${process.execPath}"`,
    SUITE,
    target,
    ...debianSources(SUITE, path.dirname(target)),
  ];
}

/** Everything that decides what the disk holds. */
function inputsHash(): string {
  const hash = createHash("sha256");
  for (const part of [SUITE, DISK, process.version, ...Object.keys(RACK_PACKAGES), ...PACKAGES])
    hash.update(`${part}\0`);
  for (const file of [SCRIPT, ...filesBelow(FILES)])
    hash
      .update(`${path.relative(__dirname, file)}\0`)
      .update(fs.readFileSync(file))
      .update("\0");
  return hash.digest("hex").slice(0, 16);
}
