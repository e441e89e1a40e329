import * as fs from "node:fs";
import * as path from "node:path";
import type { MachineRecord } from "../host";
import { hostsFile, resolvFile } from "../network/namespaces";
import { LAN } from "../topology";
import { run } from "../command";
import { makeBare } from "./bare-disk";
import type { DiskImage } from "./prepared/image";
import { machinePaths } from "./store";

const CA_BUNDLE = "etc/ssl/certs/ca-certificates.crt";
const CA_FILE = "usr/local/share/ca-certificates/rack.crt";

/** Gives a machine a fresh disk: the image below, and on it only what makes it this machine. */
export async function makeDisk(record: MachineRecord, image: DiskImage, stateDir?: string): Promise<void> {
  const paths = machinePaths(record.id, stateDir);
  for (const directory of [paths.upper, paths.work, paths.root, ...paths.stores])
    fs.mkdirSync(directory, { recursive: true });
  if (image.containerd !== undefined) await copyStore(image.containerd, paths.containerd);
  // The upper directory is the machine's "/": a mode of 700 would shut out everybody but root.
  fs.chmodSync(paths.upper, 0o755);
  const put = (file: string, text: string) => write(path.join(paths.upper, file), text);
  put("etc/hostname", `${record.hostname}\n`);
  put("etc/machine-id", `${record.id.replace(/-/g, "").toLowerCase()}\n`);
  put("etc/hosts", hostsFile([record.hostname]));
  put("etc/resolv.conf", resolvFile(record.network === "lan" ? LAN.gateway : record.privateGateway));
  if (record.network === "lan") await makeBare(record, paths.upper);
}

/**
 * Makes the machine trust the rack's certificate authority. Done before each boot: a rack with new keys
 * still has its machines, and a machine may have built its bundle anew.
 *
 * @param rootfs the image, whose bundle is taken along the first time
 */
export function trust(id: string, certificate: string, rootfs: string, stateDir?: string): void {
  const { upper } = machinePaths(id, stateDir);
  const own = path.join(upper, CA_BUNDLE);
  const bundle = fs.readFileSync(fs.existsSync(own) ? own : path.join(rootfs, CA_BUNDLE), "utf8");
  write(path.join(upper, CA_FILE), certificate);
  if (!bundle.includes(certificate.trim())) write(own, `${bundle.trimEnd()}\n${certificate.trim()}\n`);
}

/**
 * A containerd store like that one. Images are never written to, so machines share them by hard links, as far as both
 * lie on one file system; the databases are written to.
 */
async function copyStore(from: string, to: string): Promise<void> {
  const link = fs.statSync(from).dev === fs.statSync(to).dev ? ["--link"] : [];
  await run(["cp", "--archive", ...link, "--no-target-directory", from, to], { timeoutSeconds: COPY_SECONDS });
  for (const database of await databases(from)) {
    const copy = path.join(to, database);
    fs.rmSync(copy);
    fs.copyFileSync(path.join(from, database), copy);
  }
}

/** By links it takes a tenth of a second; a gigabyte that is really copied takes some. */
const COPY_SECONDS = 120;

const databases = async (store: string): Promise<string[]> =>
  (await run(["find", store, "-name", "*.db", "-printf", "%P\\n"])).stdout.split("\n").filter(Boolean);

function write(file: string, text: string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
}
