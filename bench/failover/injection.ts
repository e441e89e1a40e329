import { faultOver, heal, inject, prepareFault, tidyFault } from "../../rack/daemon/client";
import type { Fault } from "../../rack/faults/fault";

/** One fault of a case and the machine or switch that it happens to. */
export interface Part {
  readonly fault: Fault;
  readonly target: string;
}

/** What does it: the rack's daemon, or a test's own. */
export interface Hands {
  readonly prepare: (fault: string, target: string) => Promise<unknown>;
  readonly inject: (fault: string, target: string) => Promise<unknown>;
  readonly heal: (fault: string, target: string) => Promise<unknown>;
  readonly tidy: (fault: string, target: string) => Promise<unknown>;
  readonly over: (fault: string, target: string) => Promise<boolean>;
}

const DAEMON: Hands = { prepare: prepareFault, inject, heal, tidy: tidyFault, over: faultOver };

/** The faults of one run, which are healed and tidied whatever happens in between. */
export class Injection {
  private injected = false;
  private prepared = false;

  constructor(
    private readonly parts: readonly Part[],
    private readonly hands: Hands = DAEMON,
  ) {}

  /** Whether there was anything to prepare. */
  async prepare(): Promise<boolean> {
    this.prepared = true;
    const parts = this.parts.filter(({ fault }) => fault.prepare !== undefined);
    for (const { fault, target } of parts) await this.hands.prepare(fault.name, target);
    return parts.length > 0;
  }

  /** All parts at once. @throws Error when one did not take effect */
  async inject(): Promise<void> {
    this.injected = true;
    const results = await Promise.allSettled(
      this.parts.map(({ fault, target }) => this.hands.inject(fault.name, target)),
    );
    const failed = results.flatMap(result => (result.status === "rejected" ? [String(result.reason)] : []));
    if (failed.length > 0) throw new Error(failed.join("\n"));
  }

  get endsByItself(): boolean {
    return this.parts.every(({ fault }) => fault.heal === undefined);
  }

  /** Heals what was injected. To do it twice is no error. @throws Error naming every part that could not be healed */
  async heal(): Promise<void> {
    if (!this.injected) return;
    await this.each(({ fault, target }) =>
      fault.heal === undefined ? undefined : this.hands.heal(fault.name, target),
    );
    this.injected = false;
  }

  async tidy(): Promise<void> {
    if (!this.prepared) return;
    await this.each(({ fault, target }) =>
      fault.tidy === undefined ? undefined : this.hands.tidy(fault.name, target),
    );
    this.prepared = false;
  }

  /** Whether nothing is left of any part. */
  async over(): Promise<boolean> {
    const all = await Promise.all(this.parts.map(({ fault, target }) => this.hands.over(fault.name, target)));
    return all.every(Boolean);
  }

  private async each(act: (part: Part) => Promise<unknown> | undefined): Promise<void> {
    const results = await Promise.allSettled(this.parts.map(async part => act(part)));
    const failed = results.flatMap((result, i) =>
      result.status === "rejected" ? [`${this.parts[i]?.target}: ${String(result.reason)}`] : [],
    );
    if (failed.length > 0) throw new Error(failed.join("\n"));
  }
}
