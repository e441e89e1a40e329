import type { FastifyInstance } from "fastify";
import * as fs from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import { SERVER_CERTIFICATE, SERVER_KEY } from "../setup/certificates";
import { SERVICES } from "../topology";

/** Answers for public host names on ports 80 and 443 of one address, each name by its own application. */
export async function serveHosts(apps: Readonly<Record<string, FastifyInstance>>): Promise<void> {
  for (const app of Object.values(apps)) await app.ready();

  const answer: http.RequestListener = (request, response) => {
    const host = (request.headers.host ?? "").replace(/:\d+$/, "");
    const app = apps[host];
    if (app !== undefined) return app.routing(request, response);
    response
      .writeHead(421, { "content-type": "text/plain" })
      .end(`the rack does not answer for "${host}", only for ${Object.keys(apps).join(", ")}\n`);
  };
  const tls = { cert: fs.readFileSync(SERVER_CERTIFICATE), key: fs.readFileSync(SERVER_KEY) };
  await listen(https.createServer(tls, answer), 443);
  await listen(http.createServer(answer), 80);
}

const listen = (server: http.Server | https.Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, SERVICES.address, () => resolve());
  });
