import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Client } from "../../plugins/kubernetes/client";
import { Cluster } from "../../plugins/kubernetes/cluster";
import { targetOf } from "../../plugins/kubernetes/kubeconfig";
import { kubernetesResource } from "../../plugins/kubernetes/resource";
import type { Properties } from "../../plugins/wire";
import { fakeCall } from "./plugins-call.fakes";
import { kubeApi, type KubeApi, kubeconfigFor, type Tls } from "./plugins-kube.fakes";

const TYPE = "kubernetes:core/v1:ConfigMap";
const inputs: Properties = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "m", namespace: "default" } };

let api: KubeApi;
beforeEach(async () => void (api = await kubeApi()));
afterEach(() => api.close());

function resourceAt(url: string, { patienceMs = 5000, deleteUnreachable = false } = {}) {
  const cluster = new Cluster({
    client: new Client(targetOf({ kubeconfig: kubeconfigFor(url) }), patienceMs),
    deleteUnreachable,
  });
  return kubernetesResource(() => cluster);
}

describe("an outage that ends", () => {
  it.each([
    ["answers that are cut off", () => "cut" as const],
    ["a server that is electing", () => ({ status: 503, body: { message: "leader changed" } })],
  ])("is waited out: %s", async (_name, fault) => {
    let faults = 0;
    api.intercept(() => (faults++ < 3 ? fault() : undefined));
    await resourceAt(api.url).create(fakeCall(TYPE), inputs, false);
    expect(api.objects.size).toBe(1);
  });

  it("is waited out: nothing listens", async () => {
    const { url } = api;
    await api.close();
    const run = resourceAt(url).create(fakeCall(TYPE), inputs, false);
    api = await kubeApi(undefined, Number(new URL(url).port));
    await run;
    expect(api.objects.size).toBe(1);
  });

  it("is not what a refusal is: that is told at once", async () => {
    api.intercept(() => ({ status: 403, body: { message: "forbidden" } }));
    await expect(resourceAt(api.url).create(fakeCall(TYPE), inputs, false)).rejects.toThrow("forbidden");
    expect(api.seen).toHaveLength(1);
  });
});

describe("an outage that does not end", () => {
  const outage = { patienceMs: 300 };
  beforeEach(() => api.close());

  it("fails a read, naming the address", async () => {
    const run = resourceAt(api.url, outage).read?.(fakeCall(TYPE), "default/m", inputs, inputs);
    await expect(run).rejects.toThrow(`no answer from the Kubernetes API at ${api.url}`);
  });

  it("fails a delete, naming the way out", async () => {
    const run = resourceAt(api.url, outage).delete(fakeCall(TYPE), "default/m", inputs);
    await expect(run).rejects.toThrow(/ConfigMap default\/m cannot be deleted: .*deleteUnreachable/);
  });

  it("lets a delete forget the object when deleteUnreachable says so", async () => {
    const call = fakeCall(TYPE);
    await resourceAt(api.url, { ...outage, deleteUnreachable: true }).delete(call, "default/m", inputs);
    expect(call.lines[0]).toMatch(/ConfigMap default\/m is forgotten, not deleted/);
  });

  it("lets a preview guess", async () => {
    const call = fakeCall(TYPE);
    const { state } = await resourceAt(api.url, outage).create(call, inputs, true);
    expect(state).toMatchObject({ kind: "ConfigMap" });
    expect(call.lines[0]).toMatch(/^previewed without the cluster/);
  });

  it("ends when the engine cancels", async () => {
    const call = fakeCall(TYPE);
    const run = resourceAt(api.url, { patienceMs: 60_000 }).create(call, inputs, false);
    call.controller.abort(new Error("cancelled by the engine"));
    await expect(run).rejects.toThrow("cancelled by the engine");
  });
});

describe("a kubeconfig", () => {
  it("with a client certificate is used to log in", async () => {
    const tls = selfSigned();
    const secured = await kubeApi(tls);
    const client = new Client(targetOf({ kubeconfig: kubeconfigFor(secured.url, tls) }), 0);
    await client.request("GET", "/api/v1/namespaces/default").catch(() => undefined);
    await secured.close();
    expect(secured.seen.map(one => one.client)).toEqual(["127.0.0.1"]);
  });

  it("without the context that is asked for is refused, with those that it has", () => {
    const choice = { kubeconfig: kubeconfigFor("https://h"), context: "other" };
    expect(() => targetOf(choice)).toThrow('kubeconfig: no context "other"; it has: admin@c');
  });
});

function selfSigned(): Tls {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "kube-tls-"));
  const [key, certificate] = [path.join(directory, "key.pem"), path.join(directory, "cert.pem")];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "1"];
  execFileSync("openssl", ["req", "-x509", ...curve, ...subject, "-keyout", key, "-out", certificate], {
    stdio: "ignore",
  });
  const tls = { key: fs.readFileSync(key, "utf8"), certificate: fs.readFileSync(certificate, "utf8") };
  fs.rmSync(directory, { recursive: true });
  return tls;
}
