import { randomUUID } from "node:crypto";
import fastify from "fastify";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { MachineHost, Switches } from "../host";
import { bgpSessionRoutes } from "./bgp-sessions";
import { catalogRoutes } from "./catalog-routes";
import { deviceRoutes } from "./devices";
import { ApiError } from "./errors";
import { API_PATH } from "./href";
import { ipAttachmentRoutes } from "./ip-attachments";
import { ipBlockRoutes } from "./ip-blocks";
import { Lifecycle } from "./lifecycle";
import { projectRoutes } from "./projects";
import type { Room } from "./services";
import { sshKeyRoutes } from "./ssh-keys";
import type { Store } from "./store";
import { SwitchProgram } from "./switch-program";
import { virtualNetworkRoutes } from "./virtual-networks";

export interface MetalApiOptions {
  /** What boots and ends the machines behind the devices. */
  readonly machines: MachineHost;
  /** What the BGP sessions are configured on. */
  readonly switches: Switches;
  readonly store: Store;
  /** The value that `X-Auth-Token` must have. */
  readonly token: string;
  /** @default the system's clock */
  readonly now?: () => Date;
}

const JSON_TYPE = "application/json; charset=utf-8";

/**
 * The Equinix Metal API, as far as the real provider calls it: `/metal/v1/...` on api.equinix.com.
 * When it gets ready it takes up what a former process left: unfinished creations become failed devices,
 * and the recorded sessions are given to the switches.
 */
export function metalApi(options: MetalApiOptions): FastifyInstance {
  const room = roomOf(options);
  const app = fastify({ genReqId: () => randomUUID() });

  acceptEmptyBodies(app);
  app.addHook("onRequest", async (request, reply) => {
    // On every answer, errors included: without both headers the provider does not believe a 404.
    reply.header("content-type", JSON_TYPE).header("x-request-id", request.id);
    if (request.headers["x-auth-token"] !== options.token)
      return reply.code(401).send({ error: "Invalid authentication token" });
  });
  app.setErrorHandler(sendError);
  app.setNotFoundHandler(async (request, reply) =>
    reply.code(404).send({ errors: [`Not found: the rack's Metal API has no ${request.method} ${request.url}`] }),
  );
  app.addHook("onReady", async () => {
    room.lifecycle.failInterrupted();
    await room.switchProgram.restore();
  });

  void app.register(
    async v1 => {
      projectRoutes(v1, room);
      sshKeyRoutes(v1, room);
      ipBlockRoutes(v1, room);
      ipAttachmentRoutes(v1, room);
      deviceRoutes(v1, room);
      bgpSessionRoutes(v1, room);
      virtualNetworkRoutes(v1, room);
      catalogRoutes(v1);
    },
    { prefix: API_PATH },
  );
  return app;
}

function roomOf({ machines, switches, store, now = () => new Date() }: MetalApiOptions): Room {
  const timestamp = () => now().toISOString();
  const switchProgram = new SwitchProgram(store, switches);
  const lifecycle = new Lifecycle({ store, machines, switchProgram, timestamp });
  return { store, machines, lifecycle, switchProgram, timestamp };
}

/** The provider sends `Content-Type: application/json` with every request, also where there is no body. */
function acceptEmptyBodies(app: FastifyInstance): void {
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
    const text = body.toString();
    try {
      done(null, text.trim() === "" ? {} : JSON.parse(text));
    } catch (error) {
      done(
        new ApiError(400, [`The request's body is no JSON: ${error instanceof Error ? error.message : String(error)}`]),
        undefined,
      );
    }
  });
}

function sendError(error: FastifyError | ApiError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const at = `${request.method} ${request.url}`;
  if (error instanceof ApiError) return reply.code(error.status).send({ errors: error.errors });
  const status = error.statusCode ?? 500;
  // A defect of the rack, not of the request: said in the answer, and in full in rackd's log.
  if (status >= 500) process.stderr.write(`rack: ${at} failed: ${String(error)}\n`);
  return reply.code(status).send({ errors: [`${at}: ${error.message}`] });
}
