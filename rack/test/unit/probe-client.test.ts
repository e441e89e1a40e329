import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ApiError, Client } from "../../../bench/probe/client";
import { targetOf } from "../../../bench/probe/kubeconfig";

type Answer = "cut" | { readonly status: number; readonly body: string };

let server: http.Server;
let answers: Answer[];
let asked: string[];
const url = () => new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);

beforeEach(async () => {
  [answers, asked] = [[], []];
  server = http.createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const answer = answers.shift() ?? { status: 200, body: '{"items":[]}' };
    if (answer === "cut") return void request.socket.destroy();
    response.writeHead(answer.status).end(answer.body);
  });
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
});
afterEach(() => void server.close().closeAllConnections());

test("an answer that is cut off, and a server that is electing, are asked again", async () => {
  answers = ["cut", { status: 503, body: "leader changed" }];
  expect(await new Client({ server: url() }, 5000).request("GET", "/api")).toEqual({ items: [] });
  expect(asked).toEqual(["GET /api", "GET /api", "GET /api"]);
});

test("a refusal is told at once", async () => {
  answers = [{ status: 409, body: "already exists" }];
  const refused = new Client({ server: url() }, 5000).request("POST", "/api", { body: {} });
  await expect(refused).rejects.toThrow(new ApiError(409, "HTTP 409: already exists"));
  expect(asked).toHaveLength(1);
});

test("without patience one attempt is made, and its failure names the server", async () => {
  answers = ["cut"];
  await expect(new Client({ server: url() }, 0).request("GET", "/api")).rejects.toThrow(url().origin);
  expect(asked).toHaveLength(1);
});

test("a kubeconfig without the context that it names is refused, with those that it has", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "kubeconfig-"));
  const file = path.join(folder, "config");
  fs.writeFileSync(file, '{"current-context":"other","contexts":[{"name":"admin@c"}]}');
  expect(() => targetOf(file)).toThrow('contexts: expected "other", found admin@c');
  fs.rmSync(folder, { recursive: true });
});
