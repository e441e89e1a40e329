import { randomUUID } from "node:crypto";
import fastify from "fastify";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { recordEvent } from "../metal-api/device-events";
import { ApiError } from "../metal-api/errors";
import { phoneHome } from "../metal-api/phone-home";
import type { Device } from "../metal-api/records";
import { RequestFields } from "../metal-api/request-fields";
import type { Store } from "../metal-api/store";
import { callingDevice } from "./caller";
import { ec2MetaData } from "./ec2-tree";
import { metalDocument } from "./metal-document";

export interface MetadataOptions {
  readonly store: Store;
  /** Where the machine finds this service: the root of `phone_home_url` and `user_state_url`. @default "https://metadata.platformequinix.com" */
  readonly baseUrl?: string;
  /** Called after each phone-home, with the device as it is then. */
  readonly onPhoneHome?: (device: Device) => void | Promise<void>;
  /** @default the system's clock */
  readonly now?: () => Date;
}

const USER_STATES = ["running", "succeeded", "failed"] as const;
const USER_CODES = { first: 1000, last: 1099 } as const;

/** The version that cloud-init falls back to, and the only one here, as on Equinix Metal. */
const EC2_VERSION = "/2009-04-04";

/** The metadata service of the machines: what they are, and how they report that they are up. */
export function metadataService(options: MetadataOptions): FastifyInstance {
  const { store, baseUrl = "https://metadata.platformequinix.com", onPhoneHome, now = () => new Date() } = options;
  const app = fastify({ genReqId: () => randomUUID() });
  const timestamp = () => now().toISOString();

  acceptAnyBody(app);
  app.addHook("onRequest", async (request, reply) => void reply.header("x-request-id", request.id));
  app.setErrorHandler(async (error, request, reply) => {
    const status = error instanceof ApiError ? error.status : 500;
    if (status === 500)
      process.stderr.write(`rack: metadata ${request.method} ${request.url} failed: ${String(error)}\n`);
    return reply.code(status).send({ errors: error instanceof ApiError ? error.errors : [String(error)] });
  });
  app.setNotFoundHandler(async (request, reply) =>
    reply.code(404).send({ errors: [`Not found: the metadata service has no ${request.method} ${request.url}`] }),
  );

  const caller = (request: FastifyRequest): Device => {
    const device = callingDevice(store, request.ip);
    if (device === undefined) throw new ApiError(404, [`Not found: ${request.ip} is not an address of any device`]);
    return device;
  };

  app.get("/metadata", async request => metalDocument(store, caller(request), baseUrl));
  app.get("/userdata", async (request, reply) =>
    reply.type("text/plain; charset=utf-8").send(caller(request).userdata),
  );

  app.get(`${EC2_VERSION}/user-data`, async (request, reply) => {
    const { userdata } = caller(request);
    if (userdata === "") throw new ApiError(404, ["Not found: the device has no user data"]);
    return reply.type("text/plain; charset=utf-8").send(userdata);
  });
  app.get(EC2_VERSION, async (request, reply) =>
    reply.type("text/plain").send(caller(request) && "meta-data/\nuser-data"),
  );
  const metaData = async (request: FastifyRequest<{ Params: { "*"?: string } }>) =>
    ec2Text(store, caller(request), request.params["*"] ?? "");
  app.get<{ Params: { "*"?: string } }>(`${EC2_VERSION}/meta-data`, async (request, reply) =>
    reply.type("text/plain").send(await metaData(request)),
  );
  app.get<{ Params: { "*"?: string } }>(`${EC2_VERSION}/meta-data/*`, async (request, reply) =>
    reply.type("text/plain").send(await metaData(request)),
  );

  app.post("/phone-home", async request => {
    const { id } = caller(request);
    phoneHome(store, id, timestamp());
    await onPhoneHome?.(caller(request));
    return {};
  });

  app.post("/events", async request => {
    const { id } = caller(request);
    const { state, code, message } = readUserState(request.body);
    recordEvent(store, id, { type: `user.${code}`, state, body: message }, timestamp());
    return {};
  });
  return app;
}

function ec2Text(store: Store, device: Device, path: string): string {
  const text = ec2MetaData(store, device, path);
  if (text === undefined) throw new ApiError(404, [`Not found: ${EC2_VERSION}/meta-data/${path}`]);
  return text;
}

function readUserState(body: unknown) {
  const fields = new RequestFields(body);
  const state = fields.text("state");
  const code = fields.integer("code");
  const message = fields.optionalText("message") ?? "";
  if (state !== "" && !USER_STATES.some(known => known === state))
    fields.problem(`State must be ${USER_STATES.join(", ")}, not ${state}`);
  if (code === undefined || code < USER_CODES.first || code > USER_CODES.last) {
    fields.problem(`Code must be an integer from ${USER_CODES.first} to ${USER_CODES.last}, not ${String(code)}`);
  }
  fields.check();
  return { state, code, message };
}

/**
 * Machines post with whatever content type their tool happens to send: curl's -d says form data for what
 * is JSON, and cloud-init's phone_home sends a real form. What is no JSON is passed on as text.
 */
function acceptAnyBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => {
    const text = body.toString();
    try {
      done(null, JSON.parse(text));
    } catch {
      done(null, text);
    }
  });
}
