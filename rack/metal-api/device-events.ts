import { randomUUID } from "node:crypto";
import { href } from "./href";
import type { Device, DeviceEvent } from "./records";
import type { Store } from "./store";

/** Adds a line to a device's history. */
export function recordEvent(
  store: Store,
  deviceId: string,
  event: Pick<DeviceEvent, "type" | "state" | "body">,
  createdAt: string,
): void {
  store.events.put({ id: randomUUID(), deviceId, createdAt, ...event });
}

/** Newest first, as the public API lists them. */
export const eventsOf = (store: Store, device: Device) =>
  store.events.where(event => event.deviceId === device.id).reverse();

export const eventJson = (event: DeviceEvent) => ({
  id: event.id,
  href: href("events", event.id),
  type: event.type,
  state: event.state,
  body: event.body,
  interpolated: event.body,
  relationships: [{ href: href("devices", event.deviceId) }],
  created_at: event.createdAt,
});
