import * as fs from "node:fs";
import { run, type CommandOptions, type CommandResult } from "../command";
import type { MachineRecord, PowerState } from "../host";
import { cutLink, plug, unplug } from "../network/links";
import { until } from "../network/until";
import { patience } from "../patience";
import { adopt, lastEnd, launch, type Boot } from "./boot";
import { cgroups, removeCgroups, setFrozen } from "./cgroups";
import { makeDisk, trust } from "./disk";
import { enterArgv } from "./enter";
import type { DiskImage } from "./prepared/image";
import { isAlive, killNow } from "./processes";
import { distributionOf, machinePaths, namespaceOf, writeEntry, type MachineEntry } from "./store";
import { DEFAULT_SYSTEM, type MachineSystem } from "./systems";

/** What every machine of a rack shares. */
export interface MachineSettings {
  /** What a new machine of this operating system boots from. */
  readonly image: (system: MachineSystem) => DiskImage;
  /** PEM text of the authority that the served hosts' certificates come from. */
  readonly caCertificate?: string;
  readonly stateDir?: string;
  /** Told of every change: for the person who watches, and for the API's events. */
  readonly onChange?: (record: MachineRecord, power: PowerState, why: string) => void;
}

/** Seconds that an orderly reboot or shutdown may take before it is forced. */
const ORDERLY_SECONDS = 60;

/** One machine: its power, its boots, what is run inside it. Changes of its power happen one at a time. */
export class Machine {
  private boot: Boot | undefined;
  private turn: Promise<unknown> = Promise.resolve();
  /** The boot that is to be followed by another one however it ends. */
  private rebooting: Boot | undefined;

  constructor(
    private entry: MachineEntry,
    private readonly settings: MachineSettings,
  ) {}

  get record(): MachineRecord {
    return this.entry.record;
  }
  get label(): string {
    return this.entry.label;
  }
  get power(): PowerState {
    return this.entry.power;
  }
  /** The distribution's root file system, below all of its own. */
  get distribution(): string {
    return distributionOf(this.entry);
  }
  get boots(): number {
    return this.entry.boots;
  }
  /** Host pid of the machine's first process. */
  get initPid(): number | undefined {
    return this.boot?.init.pid;
  }

  /** A fresh disk; nothing runs yet. */
  async format(): Promise<void> {
    fs.rmSync(this.paths.directory, { recursive: true, force: true });
    const image = this.settings.image(this.record.system ?? DEFAULT_SYSTEM);
    await makeDisk(this.record, image, this.settings.stateDir);
    this.save({ layers: image.layers });
  }

  powerOn(why = "powered on"): Promise<void> {
    return this.inTurn(async () => {
      if (!this.boot) await this.start(why);
    });
  }

  /** Power loss. The cable goes first: nobody hears a last word from a machine whose power is gone. */
  powerOff(why = "power lost"): Promise<void> {
    return this.inTurn(async () => {
      const boot = this.boot;
      await cutLink(this.record);
      if (boot) await this.kill(boot);
      await this.settle(why);
    });
  }

  /** An orderly reboot from inside; forced when the machine does not manage it in time. */
  async reboot(): Promise<void> {
    const boot = this.boot;
    if (!boot) throw new Error(`machine ${this.label}: is off and cannot reboot; power it on`);
    this.rebooting = boot;
    await this.exec(["systemctl", "--no-block", "reboot"], { accept: "any", timeoutSeconds: 15 }).catch(
      () => undefined,
    );
    await this.endOf(boot);
  }

  /** An orderly end from inside, awaited; its power is taken when the machine does not manage it in time. */
  async shutDown(): Promise<void> {
    const boot = this.boot;
    if (!boot) return;
    await this.exec(["systemctl", "--no-block", "poweroff"], { accept: "any", timeoutSeconds: 15 }).catch(
      () => undefined,
    );
    await this.endOf(boot);
  }

  /** Runs a command inside, as root, in the machine's own cgroups. */
  async exec(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    if (!this.boot)
      throw new Error(`machine ${this.label}: is off; power it on to run ${argv[0] ?? "a command"} in it`);
    return run(enterArgv(this.boot.init.pid, cgroups().makeVisitor(this.label), argv), options);
  }

  freeze(): Promise<void> {
    return setFrozen(true, this.label);
  }
  thaw(): Promise<void> {
    return setFrozen(false, this.label);
  }

  /** Takes up what an earlier daemon left: a running boot, or the pieces of one that ended since. */
  adopt(): Promise<void> {
    return this.inTurn(async () => {
      const boot = this.entry.power === "running" ? adopt(this.entry, this.settings.stateDir) : undefined;
      if (boot) return this.follow(boot);
      if (this.entry.power === "off") return;
      const again = lastEnd(this.entry, this.settings.stateDir) === "reboot-asked";
      await this.settle("ended while no daemon watched");
      if (again) await this.start("rebooted");
    });
  }

  async destroy(): Promise<void> {
    await this.powerOff("destroyed");
    await this.inTurn(async () => fs.rmSync(this.paths.directory, { recursive: true, force: true }));
  }

  private get paths() {
    return machinePaths(this.record.id, this.settings.stateDir);
  }

  private async start(why: string): Promise<void> {
    const { caCertificate, stateDir } = this.settings;
    if (caCertificate !== undefined) trust(this.record.id, caCertificate, this.distribution, stateDir);
    try {
      await plug(this.record, namespaceOf(this.entry));
      const boot = await launch(this.entry, stateDir);
      this.follow(boot);
      this.save({ power: "running", boots: this.entry.boots + 1, launcher: boot.launcher, init: boot.init });
    } catch (error) {
      await this.settle("did not boot");
      throw error;
    }
    this.settings.onChange?.(this.record, "running", why);
  }

  private follow(boot: Boot): void {
    this.boot = boot;
    void boot.ended
      .then(end =>
        this.inTurn(async () => {
          if (this.boot !== boot) return; // somebody took its power and has tidied up
          const again = end === "reboot-asked" || this.rebooting === boot;
          await this.settle(
            again ? "rebooting" : end === "powered-off" ? "powered itself off" : "its first process was killed",
          );
          if (again) await this.start("rebooted");
        }),
      )
      .catch((error: unknown) => {
        this.settings.onChange?.(
          this.record,
          "off",
          `could not be followed: ${error instanceof Error ? error.message : String(error)}`,
        );
      });
  }

  /** What a machine without power leaves: no cable, no namespace, no cgroups; only its disk. */
  private async settle(why: string): Promise<void> {
    this.boot = undefined;
    this.rebooting = undefined;
    await unplug(this.record, namespaceOf(this.entry));
    await removeCgroups(this.label);
    if (!fs.existsSync(this.paths.directory)) return;
    const wasRunning = this.entry.power === "running";
    this.save({ power: "off", launcher: undefined, init: undefined });
    if (wasRunning) this.settings.onChange?.(this.record, "off", why);
  }

  /** Awaits the end of a boot that was asked to end, forces it when it is late, and awaits what follows from it. */
  private async endOf(boot: Boot): Promise<void> {
    let alarm: NodeJS.Timeout | undefined;
    const late = new Promise<void>(resolve => {
      alarm = setTimeout(resolve, ORDERLY_SECONDS * patience() * 1000);
    });
    await Promise.race([boot.ended, late]);
    clearTimeout(alarm);
    if (isAlive(boot.init)) await this.kill(boot);
    // The end of the boot has queued what comes next: another boot, or none.
    await boot.ended;
    await this.inTurn(async () => undefined);
  }

  private async kill(boot: Boot): Promise<void> {
    killNow(boot.init);
    // A frozen process dies only when it thaws.
    await this.thaw();
    await until(`the processes of machine ${this.label} to end`, () => !isAlive(boot.init) && !isAlive(boot.launcher), {
      seconds: 20,
    });
  }

  private save(change: Partial<MachineEntry>): void {
    this.entry = { ...this.entry, ...change };
    writeEntry(this.entry, this.settings.stateDir);
  }

  private inTurn<T>(task: () => Promise<T>): Promise<T> {
    const next = this.turn.then(task);
    this.turn = next.catch(() => undefined);
    return next;
  }
}
