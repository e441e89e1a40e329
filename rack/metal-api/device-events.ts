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
const eventsOf = (store: Store, device: Device) => store.events.where(event => event.deviceId === device.id).reverse();

/** What a request may say of pages, as text (API reference, "Pagination"). */
export interface PageQuery {
  readonly page?: string;
  readonly per_page?: string;
}

/** Events of a page where the request does not say it, and at most. */
const PER_PAGE = { usual: 10, most: 1000 };

/** One page of a device's history with the `meta` that the public API's lists carry (packngo 0.13.0, `meta`). */
export function eventsPage(store: Store, device: Device, query: PageQuery) {
  const events = eventsOf(store, device);
  const perPage = Math.min(positive(query.per_page, PER_PAGE.usual), PER_PAGE.most);
  const page = positive(query.page, 1);
  const last = Math.max(1, Math.ceil(events.length / perPage));
  const at = (n: number) => ({ href: `${href("devices", device.id)}/events?page=${n}&per_page=${perPage}` });
  return {
    events: events.slice((page - 1) * perPage, page * perPage).map(eventJson),
    meta: {
      first: at(1),
      previous: page > 1 ? at(page - 1) : null,
      self: at(page),
      next: page < last ? at(page + 1) : null,
      last: at(last),
      current_page: page,
      last_page: last,
      total: events.length,
    },
  };
}

const positive = (text: string | undefined, otherwise: number): number =>
  /^[1-9]\d{0,6}$/.test(text ?? "") ? Number(text) : otherwise;

const eventJson = (event: DeviceEvent) => ({
  id: event.id,
  href: href("events", event.id),
  type: event.type,
  state: event.state,
  body: event.body,
  interpolated: event.body,
  relationships: [{ href: href("devices", event.deviceId) }],
  created_at: event.createdAt,
});
