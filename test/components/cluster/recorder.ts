import * as pulumi from "@pulumi/pulumi";
import type { ReadResourceRequest, RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { network } from "../../../components/machines/reachable";
import { opened, secretOf, shown } from "./values";

/** Everything that the engine is told of one resource. Resources are called by their names, not by URNs. */
export interface Registration {
  readonly type: string;
  readonly name: string;
  readonly kind: "component" | "resource" | "read";
  readonly parent?: string;
  /** Secrets opened, what is not known yet as `UNKNOWN`. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** The same as a log would show it: each secret as `SECRET`. */
  readonly visible: Readonly<Record<string, unknown>>;
  /** Explicit ones and those of the inputs. */
  readonly dependsOn: readonly string[];
  /** Input to the resources that it was made of. */
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  readonly ignoreChanges: readonly string[];
  readonly replaceOnChanges: readonly string[];
  readonly additionalSecretOutputs: readonly string[];
  readonly protect: boolean;
  readonly deleteBeforeReplace: boolean;
  readonly aliases: readonly string[];
  readonly customTimeouts: { readonly create?: string; readonly update?: string; readonly delete?: string };
  readonly deletedWith?: string;
  readonly provider?: string;
  /** The names of its hooks. */
  readonly hooks: { readonly beforeCreate: readonly string[]; readonly beforeUpdate: readonly string[] };
}

/** What a provider would answer: an id, and outputs besides the inputs. */
export type Answer = (resource: Pick<Registration, "type" | "name" | "inputs">) => {
  id: string;
  outputs: Record<string, unknown>;
};

export interface Recording<T> {
  readonly result: T;
  readonly resources: readonly Registration[];
  /** Component to what it registered as its outputs. */
  readonly outputs: Readonly<
    Record<string, { opened: Readonly<Record<string, unknown>>; visible: Readonly<Record<string, unknown>> }>
  >;
  /** The one resource of that name. */
  readonly find: (name: string) => Registration;
  /** Every resource of a type, such as `Device` or `remote:Command`, in the order of names. */
  readonly all: (type: string) => Registration[];
}

export interface RecordOptions {
  readonly answer: Answer;
  /** As `pulumi preview` of a new stack: nothing is known that a provider would have to say. */
  readonly preview?: boolean;
  readonly stack?: string;
  /** Whether an SSH server answers at an address; no server is asked in truth. @default everywhere */
  readonly reachable?: (host: string) => boolean;
  /** What a provider's function answers, by its token. */
  readonly call?: (token: string, args: Record<string, unknown>) => Record<string, unknown>;
}

// Pulumi notes the stack at each of its promises, in case one is never settled. Written with source maps, as
// vitest does it, these stacks are most of a cluster's time; nobody reads them here.
const withSourceMaps = Error.prepareStackTrace?.bind(Error);
if (withSourceMaps !== undefined) {
  Error.prepareStackTrace = (error, calls): unknown =>
    error.message === "" && calls[0]?.getFileName()?.endsWith("/runtime/debuggable.js")
      ? ""
      : withSourceMaps(error, calls);
}

/**
 * Runs a program against an engine that notes what it is asked for. Pulumi's own mocks show tests a resource's
 * inputs only; an engine is told of options and dependencies too, and answers with secrets as secrets.
 */
export async function record<T>(program: () => T | Promise<T>, options: RecordOptions): Promise<Recording<T>> {
  const unexpected = (): never => {
    throw new Error("the recorder stands in for the whole monitor; extend it");
  };
  const call = ({ token, inputs }: pulumi.runtime.MockCallArgs) =>
    (options.call ?? unexpected)(token, inputs as Record<string, unknown>);
  await pulumi.runtime.setMocks(
    { newResource: unexpected, call },
    "rackplane",
    options.stack ?? "test",
    options.preview ?? false,
    // As a self-managed backend calls it, which has none.
    "organization",
  );
  const resources: Registration[] = [];
  const outputs: Record<string, { opened: Record<string, unknown>; visible: Record<string, unknown> }> = {};

  const { ask } = network;
  const reachable =
    options.reachable ??
    (host => {
      if (options.preview)
        throw new Error(`${host}: a preview asked whether it is reachable; expected no network at all`);
      return true;
    });
  network.ask = ({ host }) => Promise.resolve(reachable(host) ? undefined : "ECONNREFUSED");

  Object.assign(pulumi.runtime.getMonitor() ?? {}, {
    registerResourceHook: answering(() => ({})),
    registerResource: answering((request: RegisterResourceRequest) => {
      const resource = registration(request);
      resources.push(resource);
      if (!request.getCustom()) return response(request, "", {});
      const given = fields(request);
      if (options.preview) return response(request, "", given);
      const { id, outputs: answered } = options.answer(resource);
      const asEngine = Object.entries(answered).map(([key, value]): [string, unknown] => [
        key,
        resource.additionalSecretOutputs.includes(key) ? secretOf(value) : value,
      ]);
      return response(request, id, { ...given, ...Object.fromEntries(asEngine) });
    }),
    // A preview reads what exists already, too.
    readResource: answering((request: ReadResourceRequest) => {
      const resource = reading(request);
      resources.push(resource);
      return response(request, request.getId(), options.answer(resource).outputs);
    }),
    registerResourceOutputs: answering((request: OutputsRequest) => {
      const values = request.getOutputs()?.toJavaScript() ?? {};
      outputs[nameOf(request.getUrn())] = { opened: opened(values), visible: shown(values) };
      return {};
    }),
  });
  let result: T;
  try {
    result = await program();
    // Waits until every request is answered and the answers have led to no other.
    await pulumi.runtime.disconnect();
  } finally {
    network.ask = ask;
  }

  return {
    result,
    resources,
    outputs,
    find(name) {
      const [found, ...others] = resources.filter(resource => resource.name === name);
      if (found === undefined || others.length > 0)
        throw new Error(
          `${name}: found ${others.length + (found ? 1 : 0)}, expected one among ${resources.map(one => one.name).join(", ")}`,
        );
      return found;
    },
    all: type =>
      resources.filter(resource => resource.type.endsWith(`:${type}`)).sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** A handler that tells the program of its own failure; unanswered, the program would wait for ever. */
const answering =
  <R>(handle: (request: R) => unknown) =>
  (request: R, reply: (error: unknown, response?: unknown) => void): void => {
    let answer: unknown;
    try {
      answer = handle(request);
    } catch (error) {
      return reply(error);
    }
    reply(null, answer);
  };

type OutputsRequest = { getUrn(): string; getOutputs(): { toJavaScript(): Record<string, unknown> } | undefined };

const fields = (request: RegisterResourceRequest): Record<string, unknown> =>
  (request.getObject()?.toJavaScript() ?? {}) as Record<string, unknown>;

const nameOf = (urn: string): string => urn.split("::")[3] ?? "";
const named = (urn: string): string | undefined => (urn === "" ? undefined : nameOf(urn));

function urnOf(request: RegisterResourceRequest | ReadResourceRequest): string {
  const types = [request.getParent().split("::")[2], request.getType()].filter(Boolean).join("$");
  return `urn:pulumi:${pulumi.getStack()}::${pulumi.getProject()}::${types}::${request.getName()}`;
}

const response = (
  request: RegisterResourceRequest | ReadResourceRequest,
  id: string,
  properties: Record<string, unknown>,
) => {
  const struct = { toJavaScript: () => properties };
  return {
    getUrn: () => urnOf(request),
    getId: () => id,
    getObject: () => struct,
    getProperties: () => struct,
    getPropertydependenciesMap: () => undefined,
    getResult: () => 0,
  };
};

function registration(request: RegisterResourceRequest): Registration {
  const timeouts = request.getCustomtimeouts();
  const propertyDependencies: Record<string, string[]> = {};
  request.getPropertydependenciesMap().forEach((dependencies, key) => {
    propertyDependencies[key] = dependencies.getUrnsList().map(nameOf).sort();
  });
  const given = fields(request);
  return {
    type: request.getType(),
    name: request.getName(),
    kind: request.getCustom() ? "resource" : "component",
    parent: named(request.getParent()),
    inputs: opened(given),
    visible: shown(given),
    dependsOn: request.getDependenciesList().map(nameOf).sort(),
    propertyDependencies,
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    protect: request.getProtect() ?? false,
    deleteBeforeReplace: request.getDeletebeforereplace(),
    aliases: request.getAliasesList().map(alias => alias.getUrn() || (alias.getSpec()?.getName() ?? "")),
    customTimeouts: {
      create: timeouts?.getCreate() || undefined,
      update: timeouts?.getUpdate() || undefined,
      delete: timeouts?.getDelete() || undefined,
    },
    deletedWith: named(request.getDeletedwith()),
    provider: named(request.getProvider()),
    hooks: {
      beforeCreate: request.getHooks()?.getBeforeCreateList() ?? [],
      beforeUpdate: request.getHooks()?.getBeforeUpdateList() ?? [],
    },
  };
}

function reading(request: ReadResourceRequest): Registration {
  return {
    type: request.getType(),
    name: request.getName(),
    kind: "read",
    parent: named(request.getParent()),
    inputs: { id: request.getId() },
    visible: { id: request.getId() },
    dependsOn: request.getDependenciesList().map(nameOf),
    propertyDependencies: {},
    ignoreChanges: [],
    replaceOnChanges: [],
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    protect: false,
    deleteBeforeReplace: false,
    aliases: [],
    customTimeouts: {},
    provider: named(request.getProvider()),
    hooks: { beforeCreate: [], beforeUpdate: [] },
  };
}
