import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { REPOSITORY } from "../cli/paths";
import { output, tail } from "../command";
import { cacheDir } from "../topology";
import { CommandPort, type VmResult } from "./command-port";
import type { VmImage } from "./image";

/** Seconds of the host's for a boot in emulation; it takes 30 on two idle cores. */
const BOOT_SECONDS = 600;

export interface Vm {
  /** Runs a command in bash as root, in the repository. @throws Error when it takes longer, and then the machine is off */
  run(command: string, options: { seconds: number; say?: (line: string) => void }): Promise<VmResult>;
  /** Seconds of processor time that the machine has used so far. */
  processorSeconds(): number;
  /** Takes its power and removes what it wrote. */
  off(): Promise<void>;
}

/**
 * Boots a virtual machine under emulation: a Debian host with cgroup version 2 that has this repository, this cache and
 * this Go, all to be read only, and no network device. What it writes goes to a file that is removed with it.
 *
 * @throws Error with the end of its console when it does not boot
 */
export async function bootVm(image: VmImage): Promise<Vm> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-vm-"));
  const files = { console: path.join(folder, "console"), port: path.join(folder, "port") };
  const server = net.createServer().listen(files.port);
  const go = await output(["go", "env", "GOROOT"]);
  // It ends with this process, even when that is killed; its scratch file is in the folder, too.
  const qemu = spawn("setpriv", ["--pdeathsig", "KILL", "nice", "-n", "10", ...command(image, files, go)], {
    stdio: ["ignore", "ignore", fs.openSync(files.console, "a")],
    env: { ...process.env, TMPDIR: folder },
  });
  const off = async () => {
    server.close();
    if (qemu.exitCode === null && qemu.signalCode === null) {
      qemu.kill("SIGKILL");
      await once(qemu, "exit");
    }
    fs.rmSync(folder, { recursive: true, force: true });
  };
  const within = async <T>(seconds: number, what: string, work: Promise<T>): Promise<T> => {
    let alarm: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      alarm = setTimeout(
        () => reject(new Error(`virtual machine: waited ${seconds} s for ${what}, in vain`)),
        seconds * 1000,
      );
    });
    try {
      return await Promise.race([work, late, ended(qemu)]);
    } catch (error) {
      const words = tail(fs.readFileSync(files.console, "utf8"), 30);
      await off();
      throw new Error(`${error instanceof Error ? error.message : String(error)}\nits console ends:\n${words}`);
    } finally {
      clearTimeout(alarm);
    }
  };

  const port = await within(BOOT_SECONDS, "its boot", booted(server));
  return {
    run: (text, { seconds, say }) => within(seconds, `the end of: ${text}`, port.run(text, say)),
    processorSeconds: () => processorSeconds(qemu.pid ?? 0),
    off,
  };
}

async function booted(server: net.Server): Promise<CommandPort> {
  const [socket] = (await once(server, "connection")) as [net.Socket];
  const port = new CommandPort(socket);
  await port.ready();
  return port;
}

async function ended(qemu: ChildProcess): Promise<never> {
  const [code, signal] = (await once(qemu, "exit")) as [number | null, string | null];
  throw new Error(`virtual machine: its emulator ended with ${signal ?? code}, expected it to run`);
}

/** Two processors, each a thread of the host's; memory for one machine of the rack. */
function command(image: VmImage, files: { console: string; port: string }, go: string): string[] {
  const share = (tag: string, folder: string) => [
    "-virtfs",
    `local,path=${folder},mount_tag=${tag},security_model=none,readonly=on,multidevs=remap`,
  ];
  return [
    "qemu-system-x86_64",
    // No device but those below: among them none of a network.
    ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-machine", "q35,sata=off"],
    ...["-accel", "tcg,thread=multi", "-cpu", "Westmere", "-smp", "2", "-m", "7G"],
    ...["-kernel", image.kernel, "-initrd", image.initrd],
    ...[
      "-append",
      "root=/dev/vda rw console=ttyS0 panic=-1 mitigations=off nowatchdog systemd.journald.forward_to_console=1",
    ],
    ...["-drive", `file=${image.disk},if=virtio,format=raw,snapshot=on,cache=unsafe`],
    ...share("repository", REPOSITORY),
    ...share("cache", cacheDir()),
    ...share("go", go),
    ...["-device", "virtio-serial-pci", "-chardev", `socket,id=port,path=${files.port}`],
    ...["-device", "virtserialport,chardev=port,name=command"],
    ...["-serial", `file:${files.console}`],
  ];
}

/** Fields 14 and 15 of proc(5), stat, in ticks of a hundredth of a second. */
function processorSeconds(pid: number): number {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
