import type { MachineHost, MachineRecord } from "../host";
import { addressesOf } from "../topology";
import { operatingSystemBySlug } from "./catalog";
import { recordEvent } from "./device-events";
import { ApiError, reason, unprocessable } from "./errors";
import type { Device, DeviceEvent, DeviceState } from "./records";
import type { Store } from "./store";
import type { SwitchProgram } from "./switch-program";

export const POWER_ACTIONS = ["reboot", "power_off", "power_on"] as const;
export type PowerAction = (typeof POWER_ACTIONS)[number];

export interface LifecycleOptions {
  readonly store: Store;
  readonly machines: MachineHost;
  readonly switchProgram: SwitchProgram;
  readonly timestamp: () => string;
}

/** Takes devices through queued -> provisioning -> active or failed -> deprovisioning -> gone. */
export class Lifecycle {
  /** Creations under way in this process, by device. */
  private readonly creating = new Map<string, Promise<void>>();
  private readonly removing = new Set<string>();

  constructor(private readonly options: LifecycleOptions) {}

  /** Starts making the machine and does not wait for it; the device becomes active when it phones home. */
  provision(device: Device): void {
    this.enter(device.id, "provisioning", {
      type: "provisioning.101",
      state: "running",
      body: `The machine boots from a fresh disk in slot ${device.slot}`,
    });
    const creation = this.create(device).finally(() => this.creating.delete(device.id));
    this.creating.set(device.id, creation);
  }

  /**
   * Marks as failed what a former rackd was creating when it ended: nobody finishes it. A device whose
   * machine was created still waits for its phone-home.
   */
  failInterrupted(): void {
    const { store } = this.options;
    for (const device of store.devices.where(
      ({ state, created }) => (state === "queued" || state === "provisioning") && !created,
    )) {
      this.fail(
        device.id,
        "The rack was restarted while the machine was being created: delete the device and create it again",
      );
    }
  }

  /** Ends the machine, its sessions and its records, and frees its slot. Returns when all are gone. */
  async deprovision(device: Device): Promise<void> {
    if (device.locked) throw unprocessable("Cannot delete a locked device: unlock it first");
    if (device.state === "queued" || device.state === "provisioning")
      throw unprocessable("Cannot delete a device while it is provisioning");
    if (this.removing.has(device.id)) throw unprocessable("Cannot delete a device that is already being deleted");
    this.removing.add(device.id);
    try {
      await this.remove(device);
    } finally {
      this.removing.delete(device.id);
    }
  }

  /** Power as the tenant asks for it. Returns when the machine host has done it. */
  async act(device: Device, action: PowerAction): Promise<void> {
    if (device.state !== "active")
      throw unprocessable(`Cannot ${action} a device that is ${device.state}: it must be active`);
    const { machines } = this.options;
    if (action === "reboot") await machines.reboot(device.id);
    else if (action === "power_off") await machines.powerOff(device.id);
    else await machines.powerOn(device.id);
    this.note(device.id, { type: `instance.${action}`, state: "succeeded", body: `Done on request: ${action}` });
  }

  private async create(device: Device): Promise<void> {
    try {
      await this.options.machines.create(machineRecord(device));
      this.options.store.devices.patch(device.id, { created: true });
    } catch (error) {
      this.fail(device.id, reason(error));
    }
  }

  private async remove(device: Device): Promise<void> {
    const { store, machines, switchProgram } = this.options;
    // A machine may phone home before the host is done with creating it: let the host finish first.
    await this.creating.get(device.id);
    this.enter(device.id, "deprovisioning", {
      type: "deprovisioning.101",
      state: "running",
      body: "The machine is powered off and wiped",
    });
    try {
      await machines.destroy(device.id);
    } catch (error) {
      this.enter(device.id, device.state, { type: "deprovisioning.failed", state: "failed", body: reason(error) });
      throw new ApiError(503, [`The rack could not remove the machine of ${device.hostname}: ${reason(error)}`]);
    }
    await switchProgram.change(() => ({
      sessions: store.sessions.where(session => session.deviceId !== device.id),
      commit: () => this.forget(device.id),
    }));
  }

  private forget(deviceId: string): void {
    const { store } = this.options;
    store.batch(() => {
      for (const table of [store.sessions, store.attachments, store.events]) {
        for (const record of table.all()) if (record.deviceId === deviceId) table.delete(record.id);
      }
      store.devices.delete(deviceId);
    });
  }

  private fail(deviceId: string, why: string): void {
    this.enter(deviceId, "failed", { type: "provisioning.failed", state: "failed", body: why });
  }

  private enter(deviceId: string, state: DeviceState, event: Pick<DeviceEvent, "type" | "state" | "body">): void {
    const { store, timestamp } = this.options;
    store.batch(() => {
      store.devices.patch(deviceId, { state, updatedAt: timestamp() });
      this.note(deviceId, event);
    });
  }

  private note(deviceId: string, event: Pick<DeviceEvent, "type" | "state" | "body">): void {
    recordEvent(this.options.store, deviceId, event, this.options.timestamp());
  }
}

/** The device as the machine host knows it. */
export const machineRecord = (device: Device): MachineRecord => ({
  id: device.id,
  hostname: device.hostname,
  index: device.slot,
  system: operatingSystemBySlug(device.operatingSystem).boots,
  ...addressesOf(device.slot),
});
