import fastify, { type FastifyInstance } from "fastify";
import * as fs from "node:fs";
import { serveRepository } from "../mirrors";
import { APT_REPOSITORY } from "../setup/prepare";

/** pkgs.k8s.io, as far as one minor's packages go. */
export async function packageMirror(): Promise<FastifyInstance> {
  const app = fastify();
  await serveRepository(app, fs.realpathSync(APT_REPOSITORY()));
  return app;
}
