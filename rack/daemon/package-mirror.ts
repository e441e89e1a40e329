import fastify, { type FastifyInstance } from "fastify";
import * as fs from "node:fs";
import { serveRepository } from "../mirrors";
import { aptRepositories } from "../setup/prepare";

/** pkgs.k8s.io, as far as the packages go of the minors that `up` built: each at its own path. */
export async function packageMirror(): Promise<FastifyInstance> {
  const app = fastify();
  for (const { minor, folder } of aptRepositories()) await serveRepository(app, fs.realpathSync(folder), minor);
  return app;
}
