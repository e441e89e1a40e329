import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { DEFAULT_KUBERNETES_VERSION } from "../../cloud-init/kubernetes-versions";
import { repositoryPath } from "./apt";
import { minorOf } from "./minor";

/** Serves a minor's apt repository where pkgs.k8s.io has it, e.g. `/core:/stable:/v1.34/deb/`. */
export async function serveRepository(
  app: FastifyInstance,
  folder: string,
  minor: string = minorOf(DEFAULT_KUBERNETES_VERSION),
): Promise<void> {
  await app.register(fastifyStatic, {
    root: folder,
    // A route's single colon begins a parameter, a doubled one is the character.
    prefix: repositoryPath(minor).replaceAll(":", "::"),
    // Other folders may be served by the same app: only one of them may decorate the replies.
    decorateReply: false,
    cacheControl: false,
    index: false,
  });
}
