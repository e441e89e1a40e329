import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { TIMED } from "../timed";

const JQ = path.resolve(__dirname, "../../cloud-init/node/grant/jq/haproxy.jq");
const KEEP_SERVERS = path.resolve(__dirname, "../../cloud-init/node/grant/lib/keep-servers.pl");
const missing = ["haproxy", "openssl", "jq"].filter(program => spawnSync(program, ["-v"]).error !== undefined);
const skipped = missing.length > 0 ? ` (skipped: no ${missing.join(", ")})` : "";

let folder = "";
const file = (name: string) => path.join(folder, name);
const servers: https.Server[] = [];
let haproxy: ChildProcess | undefined;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-haproxy-"));
});
afterEach(() => {
  if (haproxy?.pid !== undefined) process.kill(-haproxy.pid, "SIGKILL");
  haproxy = undefined;
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
  fs.rmSync(folder, { recursive: true });
});

/** A pretended API server, which is `ready` or answers everything with 500; @returns its port */
async function apiServer(address: string, port: number, ready = true): Promise<number> {
  const server = https.createServer(
    { key: fs.readFileSync(file("key")), cert: fs.readFileSync(file("crt")) },
    (_, reply) => reply.writeHead(ready ? 200 : 500).end(address),
  );
  servers.push(server);
  await new Promise<void>(listening => server.listen(port, address, listening));
  return (server.address() as AddressInfo).port;
}

/** HAProxy with the product's configuration in front of these. @returns its port */
function balancer(addresses: readonly string[], apiServerPort: number, port: number): void {
  const given = (name: string, content: unknown) => {
    fs.writeFileSync(file(name), JSON.stringify(content));
    return file(name);
  };
  const node = given("node", { endpoint: { port, apiServerPort }, announcer: { kind: "keepalived" } });
  const roster = given(
    "roster",
    addresses.map((address, i) => ({ name: `cp-${i}`, address })),
  );
  const files = ["--slurpfile", "machine", given("machine", {}), "--slurpfile", "roster", roster];
  const configuration = execFileSync("jq", ["-r", ...files, "-f", JQ, node], { encoding: "utf8" })
    .replace(/^ {2}(user|group) .*\n/gm, "")
    .replaceAll(/\/run\/rackplane-haproxy\//g, `${folder}/`);
  fs.writeFileSync(file("cfg"), configuration);
  haproxy = spawn("haproxy", ["-W", "-f", file("cfg")], { stdio: "ignore", detached: true });
}

/** One connection of its own. @returns the server that answered, or what went wrong */
const ask = (port: number): Promise<string> =>
  new Promise(resolve => {
    const request = https.get({ port, agent: false, rejectUnauthorized: false, timeout: 2000 }, reply => {
      let text = "";
      reply.on("data", (chunk: Buffer) => (text += chunk.toString())).on("end", () => resolve(text));
    });
    request.on("timeout", () => request.destroy(new Error("timeout")));
    request.on("error", ({ message }) => resolve(message));
  });
const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

const ADDRESSES = ["127.0.0.2", "127.0.0.3", "127.0.0.4"] as const;

const isServer = (answer: string) => ADDRESSES.some(one => one === answer);

/** HAProxy before pretended API servers, of which the first may be unready. @returns its port, when all that are ready have answered */
async function balanced(firstReady: boolean): Promise<number> {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", file("key")];
  execFileSync("openssl", ["req", "-x509", ...key, "-out", file("crt"), "-subj", "/CN=api"], { stdio: "ignore" });
  const apiPort = await apiServer(ADDRESSES[0], 0, firstReady);
  for (const address of ADDRESSES.slice(1)) await apiServer(address, apiPort);
  const port = apiPort === 65_535 ? 1025 : apiPort + 1;
  balancer(ADDRESSES, apiPort, port);
  const ready = firstReady ? ADDRESSES : ADDRESSES.slice(1);
  const answered = new Set<string>();
  for (const deadline = Date.now() + 10_000; !ready.every(one => answered.has(one)); await pause(20)) {
    const answer = await ask(port);
    if (isServer(answer)) answered.add(answer);
    expect(Date.now(), `answers by ${[...answered].join(", ")} so far; the last one: ${answer}`).toBeLessThan(deadline);
  }
  return port;
}

test.skipIf(skipped)(
  `at most one client notices that an API server refuses connections: who is refused is led elsewhere, but one may be closed with its connections${skipped}`,
  TIMED,
  async () => {
    const port = await balanced(true);

    // It accepts nothing more and ends what it has begun.
    servers[0]?.close();
    const asked: Promise<string>[] = [];
    // Longer than three checks.
    for (const end = Date.now() + 4500; Date.now() < end; await pause(25)) asked.push(ask(port));
    const answers = await Promise.all(asked);
    expect(answers.filter(answer => !isServer(answer)).length).toBeLessThanOrEqual(1);
    expect(new Set(answers.slice(4).filter(answer => isServer(answer)))).toEqual(new Set(ADDRESSES.slice(1)));
  },
);

test.skipIf(skipped)(
  `a reload leads nobody to an API server that was found unready before${skipped}`,
  TIMED,
  async () => {
    const port = await balanced(false);
    // Its checks have found the unready one, too.
    for (let others = 0; others < 20; await pause(20)) others = (await ask(port)) === ADDRESSES[0] ? 0 : others + 1;

    const asked: Promise<string>[] = [];
    execFileSync("perl", [KEEP_SERVERS, folder]);
    haproxy?.kill("SIGUSR2");
    // As long as the first check takes at most.
    for (const end = Date.now() + 1500; Date.now() < end; await pause(10)) asked.push(ask(port));
    expect(new Set(await Promise.all(asked))).toEqual(new Set(ADDRESSES.slice(1)));
  },
);
