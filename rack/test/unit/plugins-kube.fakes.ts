import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import type { KubeObject } from "../../plugins/kubernetes/object";
import type { Properties } from "../../plugins/wire";

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body?: Properties;
  /** Common name of the client's certificate. */
  readonly client?: string;
}

type Answer = { readonly status: number; readonly body: Properties };

export interface KubeApi {
  readonly url: string;
  readonly seen: Seen[];
  /** Live objects by path. */
  readonly objects: Map<string, KubeObject>;
  /** Answers in place of the server, or returns undefined to let it answer. */
  intercept(answer: (request: Seen) => Answer | "cut" | undefined): void;
  close(): Promise<void>;
}

export interface Tls {
  readonly certificate: string;
  readonly key: string;
}

const refusal = (status: number, message: string): Answer => ({ status, body: { kind: "Status", message } });

/** As much of an API server as the plugin asks for: server-side apply, get, delete, discovery. */
export async function kubeApi(tls?: Tls, port = 0): Promise<KubeApi> {
  const objects = new Map<string, KubeObject>();
  const seen: Seen[] = [];
  let instead: (request: Seen) => Answer | "cut" | undefined = () => undefined;
  let uid = 0;

  function answer(request: Seen): Answer {
    const { method, path, query, body } = request;
    const found = objects.get(path);
    if (method === "PATCH") {
      const applied = body as KubeObject;
      const namespace = /\/namespaces\/([^/]+)\//.exec(path)?.[1];
      const metadata = {
        ...applied.metadata,
        uid: found?.metadata.uid ?? `uid-${++uid}`,
        generation: (found?.metadata.generation ?? 0) + 1,
        managedFields: [],
      };
      const live: KubeObject = { ...found, ...applied, metadata: namespace ? { ...metadata, namespace } : metadata };
      if (query.get("dryRun") !== "All") objects.set(path, live);
      return { status: 200, body: live };
    }
    if (found === undefined) return refusal(404, `${path} not found`);
    if (method === "DELETE") objects.delete(path);
    return { status: 200, body: found };
  }

  const handle: http.RequestListener = (request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    request.on("end", () => {
      const { pathname, searchParams } = new URL(request.url ?? "/", "http://api");
      const peer =
        "getPeerCertificate" in request.socket
          ? (request.socket as import("node:tls").TLSSocket).getPeerCertificate()
          : undefined;
      const body = text === "" ? undefined : (JSON.parse(text) as Properties);
      const one: Seen = {
        method: request.method ?? "",
        path: pathname,
        query: searchParams,
        body,
        client: peer?.subject?.CN,
      };
      seen.push(one);
      const reply = instead(one) ?? answer(one);
      if (reply === "cut") return void request.socket.destroy();
      response.writeHead(reply.status, { "content-type": "application/json" }).end(JSON.stringify(reply.body));
    });
  };
  const server = tls
    ? https.createServer(
        { cert: tls.certificate, key: tls.key, ca: tls.certificate, requestCert: true, rejectUnauthorized: true },
        handle,
      )
    : http.createServer(handle);
  await new Promise<void>(resolve => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `${tls ? "https" : "http"}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    objects,
    intercept: next => void (instead = next),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A kubeconfig for a server, with its certificate as authority and as the client's own. */
export function kubeconfigFor(url: string, tls?: Tls): string {
  const data = (text: string) => Buffer.from(text).toString("base64");
  const authority = tls ? { "certificate-authority-data": data(tls.certificate) } : {};
  const user = tls ? { "client-certificate-data": data(tls.certificate), "client-key-data": data(tls.key) } : {};
  return JSON.stringify({
    "current-context": "admin@c",
    contexts: [{ name: "admin@c", context: { cluster: "c", user: "admin" } }],
    clusters: [{ name: "c", cluster: { server: url, ...authority } }],
    users: [{ name: "admin", user }],
  });
}
