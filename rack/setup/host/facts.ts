import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { run } from "../../command";
import { cgroups } from "../../machines/cgroups";
import { cacheDir, STATE_DIR } from "../../topology";
import type { HostFacts } from "./findings";

/** Looks at this host; nothing on it changes. */
export async function hostFacts(): Promise<HostFacts> {
  const root = process.getuid?.() === 0;
  return {
    root,
    node: process.versions.node,
    go: /go version go([\d.]+)/.exec(await words(["go", "version"]))?.[1],
    goNeeded: goNeeded(),
    aptGet: fs.existsSync("/usr/bin/apt-get"),
    built: fs.existsSync(path.join(cacheDir(), "bin", "kubelet")),
    memoryMiB: Math.floor(os.totalmem() / 2 ** 20),
    freeMiB: Object.fromEntries([cacheDir(), STATE_DIR].map(folder => [folder, freeMiB(folder)])),
    // Without root every one of them would be refused.
    refused: root ? await refusals() : {},
    cgroups: refusedCgroups(),
  };
}

/** What machines, links and images are made of, each tried in namespaces that end with the attempt. */
const ATTEMPTS: Readonly<Record<string, string>> = {
  "a network namespace": "true",
  "a pair of virtual links": "ip link add rack0 type veth peer name rack1",
  "a bridge": "ip link add rack0 type bridge",
  "an overlay file system":
    "mount -t tmpfs tmpfs /mnt && mkdir /mnt/l /mnt/u /mnt/w /mnt/m && mount -t overlay overlay -o lowerdir=/mnt/l,upperdir=/mnt/u,workdir=/mnt/w /mnt/m",
};

async function refusals(): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [what, script] of Object.entries(ATTEMPTS)) {
    // `ip` is a package that the rack installs by itself.
    if (script.startsWith("ip ") && !fs.existsSync("/usr/sbin/ip")) continue;
    const attempt = ["unshare", "--net", "--mount", "--pid", "--fork", "sh", "-c", script];
    const { code, stderr } = await run(attempt, { accept: "any" });
    if (code !== 0) found[what] = stderr.trim().split("\n").at(-1) ?? `exit code ${code}`;
  }
  return found;
}

/** The words by which the host's cgroups are refused, without making any. */
function refusedCgroups(): string | undefined {
  try {
    cgroups().frozenAt("a-machine");
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What a program prints; nothing where it is not installed. */
const words = async (argv: readonly string[]): Promise<string> =>
  run(argv, { accept: "any" }).then(
    ({ stdout }) => stdout,
    () => "",
  );

/** Of the nearest folder above that exists. */
function freeMiB(folder: string): number {
  if (!fs.existsSync(folder)) return freeMiB(path.dirname(folder));
  const { bavail, bsize } = fs.statfsSync(folder);
  return Math.floor((bavail * bsize) / 2 ** 20);
}

const TOOLS = path.resolve(__dirname, "../../tools");

/** The `go` line of the tools' modules, which all have the same. */
function goNeeded(): string {
  const lines = fs
    .readdirSync(TOOLS)
    .map(tool => path.join(TOOLS, tool, "go.mod"))
    .filter(file => fs.existsSync(file))
    .map(file => /^go ([\d.]+)$/m.exec(fs.readFileSync(file, "utf8"))?.[1] ?? "0");
  return lines.sort((a, b) => a.localeCompare(b, undefined, { numeric: true })).at(-1) ?? "0";
}
