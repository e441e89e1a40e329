import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Client } from "../../plugins/kubernetes/client";
import { Cluster } from "../../plugins/kubernetes/cluster";
import { targetOf } from "../../plugins/kubernetes/kubeconfig";
import { kubernetesResource } from "../../plugins/kubernetes/resource";
import { PartialFailure, type Resource } from "../../plugins/provider";
import { type Properties, secret, UNKNOWN } from "../../plugins/wire";
import { changed, fakeCall } from "./plugins-call.fakes";
import { kubeApi, type KubeApi, kubeconfigFor } from "./plugins-kube.fakes";

let api: KubeApi;
let resource: Resource;
/** A resource whose plugin bears an outage for so long. */
const against = (url: string, patienceMs: number, deleteUnreachable = false): Resource => {
  const cluster = new Cluster({
    client: new Client(targetOf({ kubeconfig: kubeconfigFor(url) }), patienceMs),
    deleteUnreachable,
  });
  return kubernetesResource(() => cluster);
};
beforeEach(async () => {
  api = await kubeApi();
  resource = against(api.url, 5000);
});
afterEach(() => api.close());

const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";
const MAP_PATH = "/api/v1/namespaces/default/configmaps/settings";
const configMap = (more: Properties = {}): Properties => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "settings", namespace: "default" },
  data: { a: "1" },
  ...more,
});
const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
const DEPLOYMENT_PATH = "/apis/apps/v1/namespaces/default/deployments/web";
const deployment = (spec: Properties = {}): Properties => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "default" },
  spec: { replicas: 2, selector: { matchLabels: { app: "web" } }, ...spec },
});

describe("inputs that the program left out", () => {
  it("are the version, kind and namespace, and a generated name that stays", async () => {
    const call = fakeCall(CONFIG_MAP, "Settings");
    const first = await resource.check?.(call, undefined, { data: {} });
    expect(first?.inputs).toMatchObject({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        name: expect.stringMatching(/^settings-[0-9a-f]{8}$/),
        namespace: "default",
        annotations: { "pulumi.com/autonamed": "true" },
      },
    });
    const second = await resource.check?.(call, first?.inputs, { data: {} });
    expect(second?.inputs).toEqual(first?.inputs);
  });

  it("are no namespace for kinds outside namespaces", async () => {
    const checked = await resource.check?.(fakeCall("kubernetes:core/v1:Namespace"), undefined, {
      metadata: { name: "n" },
    });
    expect(checked?.inputs.metadata).toEqual({ name: "n" });
  });
});

describe("creating", () => {
  it("applies the object under a field manager of its own", async () => {
    const { id, state } = await resource.create(fakeCall(CONFIG_MAP), configMap(), false);
    expect(id).toBe("default/settings");
    expect(state).toMatchObject({ data: { a: "1" }, __fieldManager: expect.stringMatching(/^pulumi-kubernetes-/) });
    const applied = api.seen.find(one => one.method === "PATCH");
    expect([applied?.path, applied?.query.get("fieldManager")]).toEqual([MAP_PATH, state.__fieldManager]);
  });

  it("refuses an object that exists", async () => {
    await resource.create(fakeCall(CONFIG_MAP), configMap(), false);
    const again = resource.create(fakeCall(CONFIG_MAP), configMap(), false);
    await expect(again).rejects.toThrow(/ConfigMap default\/settings \(v1\) was not created: it already exists/);
  });

  it("explains a conflict with another manager", async () => {
    api.intercept(request =>
      request.method === "PATCH" ? { status: 409, body: { message: 'conflict with "kubectl": .data.a' } } : undefined,
    );
    await expect(resource.create(fakeCall(CONFIG_MAP), configMap(), false)).rejects.toThrow(
      /conflict with "kubectl".*patchForce/,
    );
  });

  it("keeps secret what was secret, and a Secret's data always", async () => {
    const marked = await resource.create(fakeCall(CONFIG_MAP), configMap({ data: secret({ a: "1" }) }), false);
    expect(marked.state.data).toEqual(secret({ a: "1" }));
    const inputs = { apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, data: { k: "dg==" } };
    const kept = await resource.create(fakeCall("kubernetes:core/v1:Secret"), inputs, false);
    expect(kept.state.data).toEqual(secret({ k: "dg==" }));
  });

  it("waits for the namespace that the same program is making", async () => {
    let refused = 0;
    api.intercept(request =>
      request.method === "PATCH" && refused++ === 0
        ? { status: 404, body: { message: "namespaces not found" } }
        : undefined,
    );
    await resource.create(fakeCall(CONFIG_MAP), configMap(), false);
    expect(api.objects.has(MAP_PATH)).toBe(true);
  });

  it("looks a custom kind up once", async () => {
    api.intercept(({ path }) =>
      path === "/apis/example.com/v1"
        ? { status: 200, body: { resources: [{ name: "widgets", kind: "Widget", namespaced: true }] } }
        : undefined,
    );
    const widget = { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "w" } };
    expect((await resource.create(fakeCall("kubernetes:example.com/v1:Widget"), widget, false)).id).toBe("default/w");
    expect(api.seen.filter(({ path }) => path === "/apis/example.com/v1")).toHaveLength(1);
  });

  it("in a preview applies without effect, and does not claim what the server decides later", async () => {
    const { state } = await resource.create(fakeCall(CONFIG_MAP), configMap(), true);
    expect(state.metadata).toMatchObject({ name: "settings", uid: UNKNOWN });
    expect([api.seen[0]?.query.get("dryRun"), api.objects.size]).toEqual(["All", 0]);
  });

  it("in a preview asks nothing about unknown values", async () => {
    await resource.create(fakeCall(CONFIG_MAP), configMap({ data: { a: UNKNOWN } }), true);
    expect(api.seen).toEqual([]);
  });
});

describe("awaiting a deployment", () => {
  const status = (availableReplicas: number) => ({
    observedGeneration: 1,
    replicas: 2,
    updatedReplicas: 2,
    availableReplicas,
  });
  const onRead = (statuses: Properties[]) =>
    api.intercept(({ method, path }) => {
      const live = api.objects.get(DEPLOYMENT_PATH);
      if (method === "GET" && path === DEPLOYMENT_PATH && live)
        live.status = statuses.length > 1 ? statuses.shift() : statuses[0];
      return undefined;
    });

  it("ends when its replicas are available", async () => {
    onRead([status(0), status(1), status(2)]);
    const call = fakeCall(DEPLOYMENT);
    const { state } = await resource.create(call, deployment(), false);
    expect(state.status).toMatchObject({ availableReplicas: 2 });
    expect(call.lines).toEqual([
      "[0 s] waiting for the controller to see the new spec",
      expect.stringMatching(/replicas: 0 of 2 available, 2 updated$/),
      expect.stringMatching(/replicas: 1 of 2 available, 2 updated$/),
    ]);
  });

  it("that gives up keeps the object and says why", async () => {
    const conditions = [{ type: "Progressing", reason: "ProgressDeadlineExceeded", message: "too slow" }];
    onRead([{ observedGeneration: 1, conditions }]);
    const failure = await resource.create(fakeCall(DEPLOYMENT), deployment(), false).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PartialFailure);
    expect(failure).toMatchObject({
      id: "default/web",
      reasons: ["too slow"],
      message: "Deployment default/web was created but did not become ready",
    });
  });

  it("that takes longer than its timeout keeps the object and says what it waited for", async () => {
    onRead([status(1)]);
    const failure = await resource
      .create(fakeCall(DEPLOYMENT, "web", 0.2), deployment(), false)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({
      reasons: [expect.stringMatching(/not ready after 0.2 s: waiting for replicas: 1 of 2/)],
    });
  });

  it("is left out on request", async () => {
    const inputs = deployment();
    inputs.metadata = { name: "web", namespace: "default", annotations: { "pulumi.com/skipAwait": "true" } };
    await resource.create(fakeCall(DEPLOYMENT), inputs, false);
    expect(api.seen.at(-1)?.method).toBe("PATCH");
  });
});

describe("a change", () => {
  const diff = async (before: Properties, after: Properties) => {
    const { paths, replaces, deleteBeforeReplace } = await resource.diff(fakeCall(DEPLOYMENT), changed(before, after));
    return {
      updates: Object.keys(paths).filter(at => !replaces(at)),
      replaces: Object.keys(paths).filter(replaces),
      deleteBeforeReplace,
    };
  };

  it("of a field that may change is an update", async () => {
    expect(await diff(deployment(), deployment({ replicas: 3 }))).toEqual({
      updates: ["spec.replicas"],
      replaces: [],
      deleteBeforeReplace: false,
    });
  });

  it("of a field that may not replaces, deleting first because the name stays", async () => {
    const after = deployment({ selector: { matchLabels: { app: "api" } } });
    expect(await diff(deployment(), after)).toEqual({
      updates: [],
      replaces: ["spec.selector.matchLabels.app"],
      deleteBeforeReplace: true,
    });
  });

  it("of the name replaces, creating first", async () => {
    const after = { ...deployment(), metadata: { name: "web2", namespace: "default" } };
    expect(await diff(deployment(), after)).toEqual({
      updates: [],
      replaces: ["metadata.name"],
      deleteBeforeReplace: false,
    });
  });

  it("is applied under the manager that created it", async () => {
    const change = changed(configMap(), configMap({ data: { a: "2" } }), { __fieldManager: "pulumi-kubernetes-1" });
    expect(await resource.update(fakeCall(CONFIG_MAP), change, false)).toMatchObject({ data: { a: "2" } });
    expect(api.seen[0]?.query.get("fieldManager")).toBe("pulumi-kubernetes-1");
  });
});

describe("reading", () => {
  it("finds nothing where the API has nothing", async () => {
    expect(await resource.read?.(fakeCall(CONFIG_MAP), "default/settings", configMap(), configMap())).toEqual({
      id: "",
      state: {},
      inputs: {},
    });
  });

  it("takes inputs from the live object when it is imported", async () => {
    await resource.create(fakeCall(CONFIG_MAP), configMap(), false);
    const live = await resource.read?.(fakeCall(CONFIG_MAP), "default/settings", {}, {});
    expect(live).toMatchObject({
      id: "default/settings",
      inputs: { data: { a: "1" }, metadata: { name: "settings" } },
    });
  });
});

describe("deleting", () => {
  it("waits until the object is gone", async () => {
    const { id, state } = await resource.create(fakeCall(CONFIG_MAP), configMap(), false);
    await resource.delete(fakeCall(CONFIG_MAP), id, state);
    expect(api.seen.slice(-2).map(({ method }) => method)).toEqual(["DELETE", "GET"]);
    expect(api.seen.at(-2)?.body).toEqual({ propagationPolicy: "Background" });
  });

  it("of what is gone already is no error", async () => {
    await resource.delete(fakeCall(CONFIG_MAP), "default/settings", configMap());
  });

  it("of a patch gives up its fields and leaves the object", async () => {
    await resource.create(fakeCall(CONFIG_MAP), configMap(), false);
    await resource.delete(
      fakeCall("kubernetes:core/v1:ConfigMapPatch"),
      "default/settings",
      configMap({ __fieldManager: "m" }),
    );
    expect(api.seen.at(-1)).toMatchObject({ method: "PATCH", body: { metadata: { name: "settings" } } });
    expect(api.objects.has(MAP_PATH)).toBe(true);
  });
});
