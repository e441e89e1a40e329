import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { neighborsOf } from "./bgp-neighbors";
import { deviceJson } from "./device-json";
import { found, unprocessable } from "./errors";
import { href, includes } from "./href";
import type { BgpSession } from "./records";
import { RequestFields } from "./request-fields";
import type { Room } from "./services";

interface One {
  Params: { id: string };
  Querystring: { include?: string };
}

/** BGP sessions of devices, and the neighbours that follow from them. */
export function bgpSessionRoutes(app: FastifyInstance, { store, switchProgram, timestamp }: Room): void {
  const json = (session: BgpSession, include: ReadonlySet<string>) => {
    const device = store.devices.get(session.deviceId);
    return {
      id: session.id,
      href: href("bgp/sessions", session.id),
      address_family: "ipv4",
      default_route: session.defaultRoute,
      // The public API refreshes the status every few hours: it never was a health signal.
      status: "unknown",
      learned_routes: [],
      device:
        device && include.has("device")
          ? deviceJson(store, device, new Set(), "running")
          : { href: href("devices", session.deviceId) },
      created_at: session.createdAt,
    };
  };

  app.get<One>("/devices/:id/bgp/sessions", async ({ params, query }) => {
    const device = found(store.devices, params.id, "device");
    return {
      bgp_sessions: store.sessions
        .where(session => session.deviceId === device.id)
        .map(session => json(session, includes(query))),
    };
  });

  app.post<One>("/devices/:id/bgp/sessions", async (request, reply) => {
    const fields = new RequestFields(request.body);
    const family = fields.text("address_family");
    const defaultRoute = fields.flag("default_route") ?? false;
    if (family !== "" && family !== "ipv4")
      fields.problem(`Address family ${family} is not available: the rack routes ipv4`);
    fields.check();
    const session = await switchProgram.change(() => {
      const device = found(store.devices, request.params.id, "device");
      if (!store.projects.get(device.projectId)?.bgp) throw unprocessable("BGP is not enabled");
      if (store.sessions.where(other => other.deviceId === device.id).length > 0)
        throw unprocessable("Address family already has session with ipv4");
      const record: BgpSession = { id: randomUUID(), deviceId: device.id, defaultRoute, createdAt: timestamp() };
      return { sessions: [...store.sessions.all(), record], commit: () => store.sessions.put(record) };
    });
    return reply.code(201).send(json(session, includes(request.query)));
  });

  app.get<One>("/devices/:id/bgp/neighbors", async ({ params }) => ({
    bgp_neighbors: neighborsOf(store, found(store.devices, params.id, "device")),
  }));

  app.get<One>("/bgp/sessions/:id", async ({ params, query }) =>
    json(found(store.sessions, params.id, "BGP session"), includes(query)),
  );

  app.delete<One>("/bgp/sessions/:id", async (request, reply) => {
    await switchProgram.change(() => {
      const { id } = found(store.sessions, request.params.id, "BGP session");
      return { sessions: store.sessions.where(session => session.id !== id), commit: () => store.sessions.delete(id) };
    });
    return reply.code(204).send();
  });
}
