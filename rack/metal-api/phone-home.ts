import { recordEvent } from "./device-events";
import type { Store } from "./store";

/**
 * The first sign of life of a booted machine makes its device active. It comes before user scripts run:
 * active does not mean that user data is done. A later call, at a reboot, changes nothing.
 */
export function phoneHome(store: Store, deviceId: string, at: string): void {
  const device = store.devices.get(deviceId);
  if (device?.state !== "provisioning" && device?.state !== "queued") return;
  store.batch(() => {
    store.devices.patch(deviceId, { state: "active", updatedAt: at });
    recordEvent(
      store,
      deviceId,
      { type: "provisioning.109", state: "succeeded", body: "Provision complete! Your device is ready to go." },
      at,
    );
  });
}
