import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { CUSTOMER_AS } from "../topology";
import { stableUuid } from "./catalog";
import { found, unprocessable } from "./errors";
import { href } from "./href";
import type { Room } from "./services";
import type { BgpConfig, Project } from "./records";
import { RequestFields } from "./request-fields";

/** The organization that every project belongs to unless it names one, and how it would pay. */
const ORGANIZATION = stableUuid("organization");
const PAYMENT_METHOD = stableUuid("payment-method");

/** The public API's rule for a BGP password. */
const MD5_PASSWORD = /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[a-zA-Z\d]{10,20}$/;
const MAX_PREFIXES = 10;

/** Projects and their one BGP configuration. */
export function projectRoutes(app: FastifyInstance, room: Room): void {
  const { store, timestamp } = room;

  app.get("/projects", async () => ({
    projects: store.projects.all().map(projectJson),
    meta: { total: store.projects.all().length },
  }));

  app.post("/projects", async (request, reply) => {
    const fields = new RequestFields(request.body);
    const name = fields.text("name");
    const organizationId = fields.optionalText("organization_id") || ORGANIZATION;
    const paymentMethodId = fields.optionalText("payment_method_id") || PAYMENT_METHOD;
    fields.check();
    const at = timestamp();
    const project = store.projects.put({
      id: randomUUID(),
      name,
      organizationId,
      paymentMethodId,
      backendTransfer: false,
      createdAt: at,
      updatedAt: at,
    });
    return reply.code(201).send(projectJson(project));
  });

  app.get<{ Params: { id: string } }>("/projects/:id", async request =>
    projectJson(found(store.projects, request.params.id, "project")),
  );

  app.route<{ Params: { id: string } }>({
    method: ["PUT", "PATCH"],
    url: "/projects/:id",
    handler: async request => {
      const project = found(store.projects, request.params.id, "project");
      const fields = new RequestFields(request.body);
      const name = fields.optionalText("name");
      const paymentMethodId = fields.optionalText("payment_method_id");
      const backendTransfer = fields.flag("backend_transfer_enabled");
      fields.check();
      return projectJson(
        store.projects.put({
          ...project,
          name: name ?? project.name,
          paymentMethodId: paymentMethodId ?? project.paymentMethodId,
          backendTransfer: backendTransfer ?? project.backendTransfer,
          updatedAt: timestamp(),
        }),
      );
    },
  });

  app.delete<{ Params: { id: string } }>("/projects/:id", async (request, reply) => {
    const { id } = found(store.projects, request.params.id, "project");
    const devices = store.devices
      .where(device => device.projectId === id)
      .map(device => `${device.hostname} (${device.state})`);
    if (devices.length > 0)
      throw unprocessable(`Cannot delete a project with devices: delete ${devices.join(", ")} first`);
    store.batch(() => {
      for (const table of [store.sshKeys, store.blocks, store.virtualNetworks]) {
        for (const record of table.all()) if (record.projectId === id) table.delete(record.id);
      }
      store.projects.delete(id);
    });
    return reply.code(204).send();
  });

  app.post<{ Params: { id: string } }>("/projects/:id/bgp-configs", async (request, reply) => {
    const project = found(store.projects, request.params.id, "project");
    // The password and the AS of a project cannot be changed: sessions exist on both sides.
    if (project.bgp)
      throw unprocessable("BGP is already enabled for the project, and its configuration cannot be changed");
    store.projects.put({ ...project, bgp: newBgpConfig(request.body, timestamp()) });
    return reply.code(204).send();
  });

  app.get<{ Params: { id: string } }>("/projects/:id/bgp-config", async request => {
    const project = found(store.projects, request.params.id, "project");
    // Without a configuration the answer is an empty object, which the provider knows how to read.
    return project.bgp ? bgpConfigJson(project, project.bgp) : {};
  });
}

function newBgpConfig(body: unknown, createdAt: string): BgpConfig {
  const fields = new RequestFields(body);
  const type = fields.text("deployment_type");
  const asn = fields.integer("asn");
  const md5 = fields.optionalText("md5") || undefined;
  if (type === "global")
    fields.problem("Deployment type global needs an approval that the rack cannot give: use local");
  else if (type !== "local") fields.problem("Deployment type must be local or global");
  if (asn !== CUSTOMER_AS) fields.problem(`Asn must be ${CUSTOMER_AS} for local BGP, not ${asn}`);
  if (md5 !== undefined && !MD5_PASSWORD.test(md5)) {
    fields.problem(
      "Md5 must be 10 to 20 letters and digits with at least one lower-case letter, one upper-case letter and one digit",
    );
  }
  fields.check();
  return { id: randomUUID(), asn: CUSTOMER_AS, md5, createdAt };
}

export const projectJson = (project: Project) => ({
  id: project.id,
  name: project.name,
  href: href("projects", project.id),
  organization: { href: href("organizations", project.organizationId) },
  payment_method: { href: href("payment-methods", project.paymentMethodId) },
  backend_transfer_enabled: project.backendTransfer,
  bgp_config: project.bgp ? { href: href("bgp-configs", project.bgp.id) } : null,
  created_at: project.createdAt,
  updated_at: project.updatedAt,
});

const bgpConfigJson = (project: Project, bgp: BgpConfig) => ({
  id: bgp.id,
  href: href("bgp-configs", bgp.id),
  status: "enabled",
  deployment_type: "local",
  asn: bgp.asn,
  md5: bgp.md5 ?? null,
  route_object: null,
  max_prefix: MAX_PREFIXES,
  ranges: [],
  sessions: [],
  project: { href: href("projects", project.id) },
  created_at: bgp.createdAt,
  requested_at: bgp.createdAt,
});
