import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { facilityJson, metroByCode, metroJson, metroOf } from "./catalog";
import { found } from "./errors";
import { href, includes } from "./href";
import { projectJson } from "./projects";
import type { VirtualNetwork } from "./records";
import { RequestFields } from "./request-fields";
import type { Room } from "./services";
import type { Store } from "./store";

const FIRST_VXLAN = 1000;

interface One {
  Params: { id: string };
  Querystring: { include?: string };
}

/** VLANs: recorded so that programs that ask for one run; the rack's machines keep their layer 3. */
export function virtualNetworkRoutes(app: FastifyInstance, { store, timestamp }: Room): void {
  app.get<One>("/projects/:id/virtual-networks", async ({ params, query }) => {
    const { id } = found(store.projects, params.id, "project");
    return {
      virtual_networks: store.virtualNetworks
        .where(network => network.projectId === id)
        .map(network => json(store, network, includes(query))),
    };
  });

  app.post<One>("/projects/:id/virtual-networks", async (request, reply) => {
    const project = found(store.projects, request.params.id, "project");
    const fields = new RequestFields(request.body);
    const facility = fields.optionalText("facility")?.toLowerCase();
    const metroCode = fields.optionalText("metro");
    const vxlan = fields.integer("vxlan") || undefined;
    const description = fields.optionalText("description") ?? "";
    if (facility === undefined && metroCode === undefined) fields.problem("Metro or facility can't be blank");
    fields.check();
    const metro = facility === undefined ? metroByCode(metroCode ?? "").code : metroOf(facility).code;
    const network = store.virtualNetworks.put({
      id: randomUUID(),
      projectId: project.id,
      description,
      metro,
      facility,
      vxlan: vxlan ?? nextVxlan(store, metro),
      createdAt: timestamp(),
    });
    return reply.code(201).send(json(store, network, includes(request.query)));
  });

  app.get<One>("/virtual-networks/:id", async ({ params, query }) =>
    json(store, found(store.virtualNetworks, params.id, "virtual network"), includes(query)),
  );

  app.delete<One>("/virtual-networks/:id", async (request, reply) => {
    store.virtualNetworks.delete(found(store.virtualNetworks, request.params.id, "virtual network").id);
    return reply.code(204).send();
  });
}

const nextVxlan = (store: Store, metro: string) =>
  1 +
  Math.max(
    FIRST_VXLAN - 1,
    ...store.virtualNetworks.where(network => network.metro === metro).map(network => network.vxlan),
  );

function json(store: Store, network: VirtualNetwork, include: ReadonlySet<string>) {
  const project = store.projects.get(network.projectId);
  return {
    id: network.id,
    href: href("virtual-networks", network.id),
    description: network.description,
    vxlan: network.vxlan,
    // One of the two, as it was asked for: the provider replaces the network when the other appears.
    facility_code: network.facility ?? null,
    metro_code: network.facility === undefined ? network.metro : null,
    metro: metroJson(metroByCode(network.metro)),
    ...(network.facility !== undefined && { facility: facilityJson(metroOf(network.facility)) }),
    assigned_to:
      project && include.has("assigned_to") ? projectJson(project) : { href: href("projects", network.projectId) },
    instances: [],
    created_at: network.createdAt,
  };
}
