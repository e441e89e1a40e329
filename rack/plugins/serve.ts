import type * as grpc from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { PluginAttach, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Calls } from "./calls";
import { EngineLog } from "./engine-log";
import { engineAddress, newServer, serveToEngine, unary } from "./grpc-server";
import { checkResponse, diffResponse, fromStruct, readResponse, toStruct } from "./messages";
import type { Call, Provider, Resource } from "./provider";

/** Serves a provider to the engine that started this process. */
export function serve(provider: Provider): void {
  const log = new EngineLog();
  const address = engineAddress();
  if (address !== undefined) log.attach(address);
  const server = newServer();
  server.addService(ResourceProviderService, providerService(provider, log));
  serveToEngine(server);
}

/** The ResourceProvider service (pulumi/proto/pulumi/provider.proto), as far as the engine asks for it. */
export function providerService(provider: Provider, log: EngineLog): grpc.UntypedServiceImplementation {
  const calls = new Calls(log);
  return { ...pluginMethods(provider, log, calls), ...resourceMethods(provider, calls) };
}

function pluginMethods(provider: Provider, log: EngineLog, calls: Calls): grpc.UntypedServiceImplementation {
  return {
    handshake: unary(async (request: pb.ProviderHandshakeRequest) => {
      log.attach(request.getEngineAddress());
      const response = new pb.ProviderHandshakeResponse();
      response.setAcceptSecrets(true);
      return response;
    }),
    attach: unary(async (request: PluginAttach) => {
      log.attach(request.getAddress());
      return new Empty();
    }),
    getPluginInfo: unary(async () => {
      const info = new PluginInfo();
      info.setVersion(provider.version);
      return info;
    }),
    getSchema: unary(async () => {
      const response = new pb.GetSchemaResponse();
      response.setSchema(JSON.stringify({ name: provider.name, version: provider.version }));
      return response;
    }),
    checkConfig: unary(async (request: pb.CheckRequest) => {
      const response = new pb.CheckResponse();
      response.setInputs(request.getNews());
      return response;
    }),
    diffConfig: unary(async () => {
      const response = new pb.DiffResponse();
      response.setChanges(pb.DiffResponse.DiffChanges.DIFF_NONE);
      return response;
    }),
    configure: unary(async () => {
      const response = new pb.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setSupportspreview(true);
      return response;
    }),
    cancel: unary(async () => {
      calls.cancel();
      return new Empty();
    }),
  };
}

function resourceMethods(provider: Provider, calls: Calls): grpc.UntypedServiceImplementation {
  /** A handler for one call about one resource. */
  function about<Request extends { getUrn(): string }, Reply>(
    answer: (call: Call, resource: Resource, request: Request) => Promise<Reply>,
  ): grpc.handleUnaryCall<Request, Reply> {
    const work = (request: Request) =>
      calls.run(request, call => answer(call, resourceOf(provider, call.type), request));
    return unary(work);
  }
  return {
    check: about(async (call, resource, request: pb.CheckRequest) => {
      const inputs = fromStruct(request.getNews());
      const olds = request.hasOlds() ? fromStruct(request.getOlds()) : undefined;
      return checkResponse(resource.check ? await resource.check(call, olds, inputs) : { inputs });
    }),
    diff: about(async (call, resource, request: pb.DiffRequest) =>
      diffResponse(await resource.diff(call, changeOf(request))),
    ),
    create: about(async (call, resource, request: pb.CreateRequest) => {
      const inputs = fromStruct(request.getProperties());
      const created = await resource.create(call, inputs, request.getPreview());
      const response = new pb.CreateResponse();
      response.setId(created.id);
      response.setProperties(toStruct(created.state));
      return response;
    }),
    update: about(async (call, resource, request: pb.UpdateRequest) => {
      const state = await resource.update(call, changeOf(request), request.getPreview());
      const response = new pb.UpdateResponse();
      response.setProperties(toStruct(state));
      return response;
    }),
    read: about(async (call, resource, request: pb.ReadRequest) => {
      const known = {
        id: request.getId(),
        state: fromStruct(request.getProperties()),
        inputs: fromStruct(request.getInputs()),
      };
      return readResponse(resource.read ? await resource.read(call, known.id, known.state, known.inputs) : known);
    }),
    delete: about(async (call, resource, request: pb.DeleteRequest) => {
      await resource.delete(call, request.getId(), fromStruct(request.getProperties()));
      return new Empty();
    }),
  };
}

function resourceOf(provider: Provider, type: string): Resource {
  const resource = provider.resource(type);
  if (resource !== undefined) return resource;
  throw new Error(
    `the stand-in for ${provider.name} ${provider.version} does not know ${type}; see rack/plugins/${provider.name}/`,
  );
}

const changeOf = (request: pb.DiffRequest | pb.UpdateRequest) => ({
  id: request.getId(),
  state: fromStruct(request.getOlds()),
  oldInputs: fromStruct(request.getOldInputs()),
  news: fromStruct(request.getNews()),
});
