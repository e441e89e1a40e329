import execa from "execa";
import { generateKeyPairSync } from "node:crypto";
import * as fs from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import * as net from "node:net";
import * as path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { cacheDir } from "../../topology";

/** The real etcd, API server and controller manager on loopback: a cluster without machines, for an ordinary user. */
export interface LoopbackControlPlane {
  /** The object at a path of the API; undefined when it is not there. */
  get<T>(path: string): Promise<T | undefined>;
  stop(): Promise<void>;
}

const PROGRAMS = ["etcd", "kube-apiserver", "kube-controller-manager"] as const;
const program = (name: (typeof PROGRAMS)[number]): string => path.join(cacheDir(), "bin", name);

/** Whether the rack has built what it takes. */
export const controlPlaneIsBuilt = (): boolean => PROGRAMS.every(name => fs.existsSync(program(name)));

const TOKEN = "loopback";
/** Milliseconds until the API server must be ready; alone on a machine it takes five seconds. */
const READY_WITHIN = 90_000;

/** @param folder where its state, its logs and an administrator's `kubeconfig` go */
export async function loopbackControlPlane(folder: string): Promise<LoopbackControlPlane> {
  fs.mkdirSync(folder, { recursive: true });
  const file = (name: string) => path.join(folder, name);
  const [client, peer, api] = [await freePort(), await freePort(), await freePort()];
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  fs.writeFileSync(file("sa.key"), privateKey.export({ type: "pkcs8", format: "pem" }));
  fs.writeFileSync(file("sa.pub"), publicKey.export({ type: "spki", format: "pem" }));
  fs.writeFileSync(file("tokens.csv"), `${TOKEN},admin,admin,system:masters\n`);
  const server = `https://127.0.0.1:${api}`;
  const kubeconfig = JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "loopback",
    contexts: [{ name: "loopback", context: { cluster: "loopback", user: "admin" } }],
    // The server makes its own certificate; nothing but this machine can be at a loopback address.
    clusters: [{ name: "loopback", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "admin", user: { token: TOKEN } }],
  });
  fs.writeFileSync(file("kubeconfig"), kubeconfig);

  const children: execa.ExecaChildProcess[] = [];
  const start = (name: (typeof PROGRAMS)[number], ...args: string[]): void => {
    const log = fs.openSync(file(`${name}.log`), "w");
    children.push(execa(program(name), args, { stdio: ["ignore", log, log], reject: false }));
    fs.closeSync(log);
  };
  const stop = async (): Promise<void> => {
    for (const child of children.splice(0).reverse()) {
      child.kill("SIGTERM", { forceKillAfterTimeout: 2000 });
      await child;
    }
  };
  const etcd = `http://127.0.0.1:${client}`;
  start(
    "etcd",
    ...[`--data-dir=${file("etcd")}`, `--listen-client-urls=${etcd}`, `--advertise-client-urls=${etcd}`],
    ...[`--listen-peer-urls=http://127.0.0.1:${peer}`, "--unsafe-no-fsync"],
  );
  start(
    "kube-apiserver",
    ...[`--etcd-servers=${etcd}`, `--secure-port=${api}`, "--bind-address=127.0.0.1", `--cert-dir=${file("certs")}`],
    ...["--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none", "--service-cluster-ip-range=10.96.0.0/24"],
    ...[`--token-auth-file=${file("tokens.csv")}`, "--authorization-mode=RBAC"],
    ...[`--service-account-key-file=${file("sa.pub")}`, `--service-account-signing-key-file=${file("sa.key")}`],
    "--service-account-issuer=https://kubernetes.default.svc",
  );
  const get = async <T>(at: string): Promise<T | undefined> => {
    const { status, text } = await ask(server, at);
    return status === 200 ? (JSON.parse(text) as T) : undefined;
  };
  try {
    const deadline = Date.now() + READY_WITHIN;
    while ((await ask(server, "/readyz").catch(() => undefined))?.status !== 200) {
      if (Date.now() > deadline)
        throw new Error(
          `kube-apiserver: not ready; it says: ${fs.readFileSync(file("kube-apiserver.log"), "utf8").slice(-2000)}`,
        );
      await pause(200);
    }
    start(
      "kube-controller-manager",
      ...[`--kubeconfig=${file("kubeconfig")}`, "--leader-elect=false", "--bind-address=127.0.0.1", "--secure-port=0"],
      ...["--controllers=daemonset-controller,namespace-controller,garbage-collector-controller"],
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { get, stop };
}

function ask(server: string, at: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const options = { headers: { authorization: `Bearer ${TOKEN}` }, rejectUnauthorized: false };
    const request = https.get(new URL(at, server), options, (response: http.IncomingMessage) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    request.on("error", reject);
  });
}

/** A loopback port that nothing listens on now. */
async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}
