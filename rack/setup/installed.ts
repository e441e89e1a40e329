import * as fs from "node:fs";
import * as path from "node:path";
import { output } from "../command";
import { cacheDir } from "../topology";

/** The Debian packages that the rack brought onto this host, what they depend on included: a name a line. */
const record = () => path.join(cacheDir(), "installed-packages");

const readRecord = (): string[] =>
  fs.existsSync(record()) ? fs.readFileSync(record(), "utf8").split("\n").filter(Boolean) : [];

async function installed(): Promise<string[]> {
  const lines = (await output(["dpkg-query", "--show", "--showformat", "${db:Status-Status} ${Package}\\n"])).split(
    "\n",
  );
  return lines.filter(line => line.startsWith("installed ")).map(line => line.slice("installed ".length));
}

/** Does the work, and notes which packages are there afterwards that were not before; also when it fails half-way. */
export async function notingPackages(work: () => Promise<void>): Promise<void> {
  const before = new Set(await installed());
  try {
    await work();
  } finally {
    const added = (await installed()).filter(name => !before.has(name));
    fs.mkdirSync(cacheDir(), { recursive: true });
    fs.writeFileSync(record(), [...new Set([...readRecord(), ...added])].map(name => `${name}\n`).join(""));
  }
}

/** Takes the noted packages and the cache away; nothing that was on the host before. */
export async function purge(say: (line: string) => void): Promise<void> {
  const there = new Set(await installed());
  const packages = readRecord().filter(name => there.has(name));
  if (packages.length > 0) {
    say(`removing Debian packages: ${packages.join(" ")}`);
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    await output(["apt-get", "remove", "-y", "-qq", ...packages], { env });
  }
  say(`removing ${cacheDir()}`);
  fs.rmSync(cacheDir(), { recursive: true, force: true });
}
