import type { Switches, SwitchSession } from "../host";
import { addressesOf } from "../topology";
import { metroOf } from "./catalog";
import { ApiError, reason } from "./errors";
import type { BgpSession, IpBlock } from "./records";
import type { Store } from "./store";

/** A change of sessions or blocks: what it leaves, and how it is recorded once the switches have it. */
export interface SwitchChange<T> {
  readonly sessions?: readonly BgpSession[];
  readonly blocks?: readonly IpBlock[];
  commit(): T;
}

export interface SwitchPlan {
  readonly sessions: readonly SwitchSession[];
  readonly prefixes: readonly string[];
}

/**
 * Keeps the switches and the records alike. Changes run one at a time, switches first: a session is in
 * the records, and with it in the machine's metadata, only when there is a peer to talk to.
 */
export class SwitchProgram {
  private turn: Promise<unknown> = Promise.resolve();
  /** What the switches have; nothing is assumed of switches that were not configured yet. */
  private applied = JSON.stringify({ sessions: [], prefixes: [] } satisfies SwitchPlan);

  constructor(
    private readonly store: Store,
    private readonly switches: Switches,
  ) {}

  /** Runs `decide` when no other change is under way, so that what it checks still holds at its commit. */
  change<T>(decide: () => SwitchChange<T>): Promise<T> {
    const mine = this.turn.then(async () => {
      const change = decide();
      await this.apply(planOf(this.store, change));
      return change.commit();
    });
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  /** Gives the recorded sessions to switches that may know none: after a restart of rackd. */
  restore(): Promise<void> {
    return this.change(() => ({ commit: () => undefined }));
  }

  private async apply(plan: SwitchPlan): Promise<void> {
    const wanted = JSON.stringify(plan);
    if (wanted === this.applied) return;
    try {
      await this.switches.configure(plan.sessions, plan.prefixes);
    } catch (error) {
      throw new ApiError(503, [`The rack's switches did not take ${plan.sessions.length} sessions: ${reason(error)}`]);
    }
    this.applied = wanted;
  }
}

/** Every session, and the blocks of every project that has one. */
export function planOf(
  store: Store,
  { sessions = store.sessions.all(), blocks = store.blocks.all() }: Partial<SwitchChange<unknown>> = {},
): SwitchPlan {
  const projects = new Set<string>();
  const planned = sessions.flatMap((session): SwitchSession[] => {
    const device = store.devices.get(session.deviceId);
    if (device === undefined) return [];
    projects.add(device.projectId);
    const { privateAddress, privateGateway } = addressesOf(device.slot);
    return [
      {
        // By slot and not by host name: two devices may share a name while one replaces the other.
        name: `m${device.slot}`,
        address: privateAddress,
        gateway: privateGateway,
        md5: store.projects.get(device.projectId)?.bgp?.md5,
        legacy: metroOf(device.facility).legacy,
      },
    ];
  });
  const prefixes = blocks.filter(block => projects.has(block.projectId)).map(block => `${block.network}/${block.cidr}`);
  return { sessions: planned, prefixes };
}
