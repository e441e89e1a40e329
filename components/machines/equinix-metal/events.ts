import { readFileSync } from "node:fs";
import * as https from "node:https";

/** The base that the released provider has as a constant (terraform-provider-metal 2.0.1, packngo 0.13.0). */
const API = "https://api.equinix.com/metal/v1";

/** Most events of one answer: the API's common bound (its reference, "Pagination"). */
const PER_PAGE = 100;

/** Milliseconds for one answer. */
const PATIENCE = 15_000;

/** One line of a device's history; fields as the Metal API names them, those that are read here. */
export interface DeviceEvent {
  readonly body?: string | null;
  /** `body` with the names of what it is about. */
  readonly interpolated?: string | null;
  /** ISO 8601. */
  readonly created_at?: string | null;
}

/** An answer without events. `status` is HTTP's, undefined when there was none. */
export class MetalApiError extends Error {
  constructor(
    readonly status: number | undefined,
    message: string,
  ) {
    super(message);
  }
}

interface Page {
  readonly events?: readonly DeviceEvent[];
  readonly meta?: { readonly last_page?: number };
}

/**
 * A device's whole history, oldest first, from `GET /devices/{id}/events` with the provider's own token.
 *
 * @throws MetalApiError when the API does not answer with events
 */
export async function deviceEvents(deviceId: string, token: string, api: string = API): Promise<DeviceEvent[]> {
  const events: DeviceEvent[] = [];
  for (let page = 1, last = 1; page <= last; page++) {
    const path = `/devices/${deviceId}/events?page=${page}&per_page=${PER_PAGE}`;
    const answer = await ask(`${api}${path}`, token);
    if (!listed(answer)) throw new MetalApiError(200, `GET ${path} was answered without a list of events`);
    events.push(...answer.events);
    last = answer.meta?.last_page ?? 1;
  }
  const time = ({ created_at }: DeviceEvent) => created_at ?? "";
  // The API lists the newest first; a page may have grown while the next one was asked for.
  return events.reverse().sort((a, b) => (time(a) < time(b) ? -1 : time(a) > time(b) ? 1 : 0));
}

/** Whatever answered, it may be no Metal API. */
const listed = (page: Page): page is Page & { readonly events: readonly DeviceEvent[] } =>
  Array.isArray((page as Page | null)?.events);

/** One request. Certificates are checked as the provider checks them: by SSL_CERT_FILE, where it is set. */
function ask(url: string, token: string): Promise<Page> {
  const file = process.env.SSL_CERT_FILE;
  const options: https.RequestOptions = {
    headers: { "X-Auth-Token": token, Accept: "application/json" },
    timeout: PATIENCE,
    ...(file === undefined || file === "" ? {} : { ca: readFileSync(file) }),
  };
  const path = `GET ${new URL(url).pathname}`;
  return new Promise((resolve, reject) => {
    const request = https.get(url, options, response => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("error", error => reject(new MetalApiError(undefined, `${path}: ${error.message}`)));
      response.on("end", () => {
        const { statusCode } = response;
        if (statusCode !== 200) return reject(new MetalApiError(statusCode, `${path} was answered with ${statusCode}`));
        try {
          resolve(JSON.parse(text) as Page);
        } catch {
          reject(new MetalApiError(statusCode, `${path} was answered with what is no JSON`));
        }
      });
    });
    request.on("timeout", () => request.destroy(new Error(`no answer within ${PATIENCE / 1000} s`)));
    request.on("error", (error: NodeJS.ErrnoException) =>
      reject(new MetalApiError(undefined, `${path}: ${error.message || (error.code ?? "no connection")}`)),
    );
  });
}

/** What this program itself asks of the Metal API; tests put something else in its place. */
export const metalApi: { events: (deviceId: string, token: string) => Promise<readonly DeviceEvent[]> } = {
  events: (deviceId, token) => deviceEvents(deviceId, token),
};
