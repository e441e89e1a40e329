import { spawn, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { test } from "vitest";

import type { NodeSpec } from "../../../cloud-init/contract/node";
import { TIMED } from "../../timed";
import { plainNode } from "../nodes";

const BUNDLE = path.resolve(__dirname, "../../../cloud-init/node");

/** Ten probes a second, so that a test sees many. */
const node = { ...plainNode, announcer: { ...plainNode.announcer, probeSeconds: 0.1 } };

export interface Manifest {
  readonly metadata: { readonly annotations: Record<string, string> };
}

/** A member machine in a directory, whose API server, etcd and loopback address are files that a test sets. */
export class AnnouncingMachine {
  readonly root = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-announcer-"));
  private announcer?: ChildProcess;
  private readonly others: ChildProcess[] = [];

  /** `changes` replace top-level members of node.json. */
  constructor(changes: Partial<NodeSpec> = {}) {
    for (const program of ["curl", "pidof", "ip", "perl", "sysctl", "systemctl", "nft", "iptables", "birdc"])
      this.link(`fakes/${program}`, path.join(__dirname, "announcer-fakes.sh"));
    this.link("proc", "/proc");
    this.set("routes");
    this.set("calls");
    this.set("etc/rackplane/node.json", JSON.stringify({ ...node, ...changes }));
    this.set("etc/kubernetes/pki/ca.crt");
    this.set(
      "var/lib/rackplane/machine.json",
      JSON.stringify({
        name: "demo-cp-0",
        address: "10.70.17.9",
        gateway: "10.70.17.8",
        localAs: 65000,
        routerId: "10.70.17.9",
        peers: [{ address: "169.254.255.1", as: 65530, password: "Secret12345", multihop: true }],
      }),
    );
  }

  private get env(): Record<string, string> {
    return { PATH: `${this.root}/fakes:/usr/bin:/bin`, RACKPLANE_ROOT: this.root, RACKPLANE_BUNDLE: BUNDLE };
  }

  start(env: Record<string, string> = {}): void {
    this.announcer = spawn("bash", [path.join(BUNDLE, "bin/rackplane"), "announce"], {
      env: { ...this.env, ...env },
      stdio: "ignore",
      // A process group, since a unit's stop reaches its children too.
      detached: true,
    });
  }
  /** What `systemctl restart` does: the unit's stop command, then the process ends; the announcement stays. */
  async restart(): Promise<void> {
    await this.stopCommand();
    await this.stop();
    this.start();
  }
  /** What a shutdown does to the unit, beside everything else that it stops. */
  async shutDown(): Promise<void> {
    this.set("shutting-down");
    await this.stopCommand();
    await this.stop();
  }
  private async stopCommand(): Promise<void> {
    const child = spawn("bash", [path.join(BUNDLE, "bin/rackplane"), "announce", "stop"], {
      env: this.env,
      stdio: "ignore",
    });
    const status = await new Promise(done => child.once("exit", done));
    if (status !== 0) throw new Error(`announce stop ended with ${String(status)}`);
  }
  private async stop(): Promise<void> {
    const announcer = this.announcer;
    if (!announcer || announcer.exitCode !== null || announcer.signalCode !== null) return;
    const ended = new Promise(done => announcer.once("exit", done));
    if (announcer.pid !== undefined) process.kill(-announcer.pid, "SIGTERM");
    await ended;
  }

  /** A process that is kube-vip for the given address, as far as /proc tells; `deaf` ignores SIGTERM. */
  async kubeVip(address: string, deaf = false): Promise<ChildProcess> {
    const script = `${deaf ? "trap '' TERM;" : ""} echo here; while :; do read -rt 0.1 <> <(:); done`;
    const child = spawn("bash", ["-c", script], { env: { address }, stdio: ["ignore", "pipe", "ignore"] });
    this.others.push(child);
    await new Promise(here => child.stdout?.once("data", here));
    this.set("pids", this.others.map(other => other.pid).join(" "));
    return child;
  }

  set(file: string, content = ""): void {
    fs.mkdirSync(path.dirname(path.join(this.root, file)), { recursive: true });
    fs.writeFileSync(path.join(this.root, file), content);
  }
  unset(file: string): void {
    fs.rmSync(path.join(this.root, file), { force: true });
  }
  /** An executable in the place of a stand-in. */
  replace(file: string, content: string): void {
    this.unset(file);
    fs.writeFileSync(path.join(this.root, file), content, { mode: 0o755 });
  }
  private link(file: string, target: string): void {
    fs.mkdirSync(path.dirname(path.join(this.root, file)), { recursive: true });
    fs.symlinkSync(target, path.join(this.root, file));
  }
  read(file: string): string {
    return fs.readFileSync(path.join(this.root, file), "utf8");
  }
  mode(file: string): string {
    return (fs.statSync(path.join(this.root, file)).mode & 0o777).toString(8);
  }
  exists(file: string): boolean {
    return fs.existsSync(path.join(this.root, file));
  }

  get announced(): boolean {
    return this.exists("etc/kubernetes/manifests/kube-vip.json");
  }
  manifest(): Manifest {
    return JSON.parse(this.read("etc/kubernetes/manifests/kube-vip.json")) as Manifest;
  }
  get nonce(): string | undefined {
    return this.announced ? this.manifest().metadata.annotations["rackplane/nonce"] : undefined;
  }
  /** The calls of a program so far, without their times. */
  calls(beginning: string): string[] {
    return this.read("calls")
      .split("\n")
      .map(line => line.replace(/^\S+ /, ""))
      .filter(line => line.startsWith(beginning));
  }
  /** Resolves when so many more probes were made. */
  async probes(count: number): Promise<void> {
    const target = this.calls("curl").length + count;
    await until(() => this.calls("curl").length >= target, `${count} probes`);
  }

  async end(): Promise<void> {
    await this.stop();
    for (const other of this.others) other.kill("SIGKILL");
    // A probe that was under way may still be noting itself.
    await until(() => {
      try {
        fs.rmSync(this.root, { recursive: true, force: true });
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOTEMPTY") return false;
        throw error;
      }
    }, "the machine's directory to be removed");
  }
}

/** Tests of the machines that `make` makes, one each; they mostly wait, so they wait together. */
export const testOf =
  <Changes = never>(make: (changes?: Changes) => AnnouncingMachine) =>
  (name: string, body: (machine: AnnouncingMachine) => Promise<void>, changes?: Changes): void =>
    test.concurrent(name, TIMED, async () => {
      const machine = make(changes);
      try {
        await body(machine);
      } finally {
        await machine.end();
      }
    });

export const announced = (machine: AnnouncingMachine) => until(() => machine.announced, "the announcement");
export const withdrawn = (machine: AnnouncingMachine) => until(() => !machine.announced, "the withdrawal");

/** The machine's API server answers, and its announcer has found that. */
export async function announcing(machine: AnnouncingMachine): Promise<void> {
  machine.set("healthy");
  machine.start();
  await announced(machine);
}

/** A verb's hold on the VIP: a file that it keeps locked while it runs. */
export function holding(machine: AnnouncingMachine): { end(): void } {
  machine.set("run/rackplane/held-back");
  const verb = spawn("flock", [path.join(machine.root, "run/rackplane/held-back"), "sleep", "60"], { detached: true });
  return { end: () => void (verb.pid !== undefined && process.kill(-verb.pid, "SIGKILL")) };
}

/** Resolves when the condition holds; at most 10 s. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited 10 s for ${what}`);
    await new Promise(tick => setTimeout(tick, 20));
  }
}
