import type { FastifyInstance } from "fastify";
import { eventsPage, type PageQuery } from "./device-events";
import { deviceJson } from "./device-json";
import { newDevice } from "./device-request";
import { found, unprocessable } from "./errors";
import { includes } from "./href";
import { POWER_ACTIONS } from "./lifecycle";
import type { Device } from "./records";
import { RequestFields } from "./request-fields";
import type { Room } from "./services";

interface OneDevice {
  Params: { id: string };
  Querystring: { include?: string };
}

/** Devices, their power and their history. */
export function deviceRoutes(app: FastifyInstance, { store, machines, lifecycle, timestamp }: Room): void {
  const json = (device: Device, query: { include?: string }) =>
    // Only an active device has a machine to ask about; the others' state says all.
    deviceJson(store, device, includes(query), device.state === "active" ? machines.state(device.id) : "running");

  app.get<OneDevice>("/projects/:id/devices", async ({ params, query }) => {
    const { id } = found(store.projects, params.id, "project");
    const devices = store.devices.where(device => device.projectId === id);
    return { devices: devices.map(device => json(device, query)), meta: { total: devices.length } };
  });

  app.post<OneDevice>("/projects/:id/devices", async (request, reply) => {
    const project = found(store.projects, request.params.id, "project");
    const device = store.devices.put(newDevice(store, project, request.body, timestamp()));
    lifecycle.provision(device);
    return reply.code(201).send(json(device, request.query));
  });

  app.get<OneDevice>("/devices/:id", async ({ params, query }) =>
    json(found(store.devices, params.id, "device"), query),
  );

  app.route<OneDevice>({
    method: ["PUT", "PATCH"],
    url: "/devices/:id",
    handler: async request => {
      const device = found(store.devices, request.params.id, "device");
      return json(store.devices.put(changed(device, request.body, timestamp())), request.query);
    },
  });

  app.delete<OneDevice>("/devices/:id", async (request, reply) => {
    await lifecycle.deprovision(found(store.devices, request.params.id, "device"));
    return reply.code(204).send();
  });

  app.post<OneDevice>("/devices/:id/actions", async (request, reply) => {
    const device = found(store.devices, request.params.id, "device");
    const fields = new RequestFields(request.body);
    const type = fields.text("type");
    fields.check();
    const action = POWER_ACTIONS.find(known => known === type);
    if (action === undefined)
      throw unprocessable(`Type ${type} is no action of the rack; it has ${POWER_ACTIONS.join(", ")}`);
    await lifecycle.act(device, action);
    return reply.code(202).send();
  });

  app.get<OneDevice & { Querystring: PageQuery }>("/devices/:id/events", async ({ params, query }) =>
    eventsPage(store, found(store.devices, params.id, "device"), query),
  );

  // The provider polls this after a delete when it waits for the reservation to be free again.
  app.get<OneDevice>("/hardware-reservations/:id", async ({ params: { id } }) => ({
    id,
    provisionable: !store.devices.all().some(device => device.hardwareReservationId === id),
  }));
}

/** What an update may change; anything else is immutable and ignored, as in the public API. */
function changed(device: Device, body: unknown, at: string): Device {
  const fields = new RequestFields(body);
  const next: Device = {
    ...device,
    hostname: fields.optionalText("hostname") ?? device.hostname,
    description: fields.optionalText("description") ?? device.description,
    tags: fields.texts("tags") ?? device.tags,
    userdata: fields.optionalText("userdata") ?? device.userdata,
    customdata: fields.embeddedObject("customdata") ?? device.customdata,
    locked: fields.flag("locked") ?? device.locked,
    alwaysPxe: fields.flag("always_pxe") ?? device.alwaysPxe,
    ipxeScriptUrl: fields.optionalText("ipxe_script_url") ?? device.ipxeScriptUrl,
    updatedAt: at,
  };
  fields.check();
  return next;
}
