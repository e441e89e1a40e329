import * as fs from "node:fs";
import { output } from "../command";
import { notingPackages } from "./installed";

/** Debian packages that the rack is made of and built with, and the file that shows one is there. */
export const PACKAGES: Readonly<Record<string, string>> = {
  "apt-utils": "/usr/bin/apt-ftparchive",
  bird2: "/usr/sbin/bird",
  curl: "/usr/bin/curl",
  "docker-registry": "/usr/bin/docker-registry",
  "dpkg-dev": "/usr/bin/dpkg-scanpackages",
  gcc: "/usr/bin/gcc",
  gpg: "/usr/bin/gpg",
  "gpg-agent": "/usr/bin/gpg-agent",
  haproxy: "/usr/sbin/haproxy",
  iproute2: "/usr/sbin/ip",
  iptables: "/usr/sbin/iptables",
  jq: "/usr/bin/jq",
  "libc6-dev": "/usr/include/stdio.h",
  mmdebstrap: "/usr/bin/mmdebstrap",
  nftables: "/usr/sbin/nft",
  "openssh-client": "/usr/bin/ssh",
  openssl: "/usr/bin/openssl",
  procps: "/usr/bin/pgrep",
  shellcheck: "/usr/bin/shellcheck",
  shfmt: "/usr/bin/shfmt",
};

const LISTS = "/var/lib/apt/lists";
const POLICY = "/usr/sbin/policy-rc.d";

/** What the suite `cgroup-v2` needs besides: the emulator and what makes its disk. */
export const EMULATOR: Readonly<Record<string, string>> = {
  e2fsprogs: "/usr/sbin/mke2fs",
  "qemu-system-x86": "/usr/bin/qemu-system-x86_64",
};

/** Installs the missing Debian packages; their services are not started: the rack runs its own. */
export async function installPackages(say: (line: string) => void, packages = PACKAGES): Promise<void> {
  const missing = Object.entries(packages)
    .filter(([, program]) => !fs.existsSync(program))
    .map(([name]) => name);
  if (missing.length === 0) {
    // The image mirror's tools are fetched later, by way of the same lists.
    if (!fs.readdirSync(LISTS).some(file => file.endsWith("Packages") || file.endsWith("Packages.lz4")))
      await output(["apt-get", "update", "-qq"]);
    return;
  }
  say(`installing Debian packages: ${missing.join(" ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const forbid = !fs.existsSync(POLICY);
  // Debian's own way to say "start nothing" (invoke-rc.d's policy layer): 101 is "forbidden by policy".
  if (forbid) fs.writeFileSync(POLICY, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    await output(["apt-get", "update", "-qq"], { env });
    await notingPackages(async () => {
      await output(["apt-get", "install", "-y", "-qq", "--no-install-recommends", ...missing], { env });
    });
  } finally {
    if (forbid) fs.rmSync(POLICY);
  }
}
