import { createHash, randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { found } from "./errors";
import { href } from "./href";
import type { SshKey } from "./records";
import { RequestFields } from "./request-fields";
import type { Room } from "./services";

/** SSH keys of projects: the ones that a new device lets in. */
export function sshKeyRoutes(app: FastifyInstance, { store, timestamp }: Room): void {
  app.get<{ Params: { id: string } }>("/projects/:id/ssh-keys", async request => {
    const { id } = found(store.projects, request.params.id, "project");
    return { ssh_keys: store.sshKeys.where(key => key.projectId === id).map(sshKeyJson) };
  });

  app.post<{ Params: { id: string } }>("/projects/:id/ssh-keys", async (request, reply) => {
    const project = found(store.projects, request.params.id, "project");
    const fields = new RequestFields(request.body);
    const label = fields.text("label");
    const key = fields.text("key");
    const fingerprint = fingerprintOf(key);
    if (key !== "" && fingerprint === undefined)
      fields.problem("Key is not an OpenSSH public key (type, base64, comment)");
    fields.check();
    const at = timestamp();
    const record = store.sshKeys.put({
      id: randomUUID(),
      projectId: project.id,
      label,
      key,
      fingerprint: fingerprint ?? "",
      createdAt: at,
      updatedAt: at,
    });
    return reply.code(201).send(sshKeyJson(record));
  });

  app.get<{ Params: { id: string } }>("/ssh-keys/:id", async request =>
    sshKeyJson(found(store.sshKeys, request.params.id, "SSH key")),
  );

  app.route<{ Params: { id: string } }>({
    method: ["PUT", "PATCH"],
    url: "/ssh-keys/:id",
    handler: async request => {
      const record = found(store.sshKeys, request.params.id, "SSH key");
      const fields = new RequestFields(request.body);
      const label = fields.optionalText("label") ?? record.label;
      const key = fields.optionalText("key") ?? record.key;
      const fingerprint = fingerprintOf(key);
      if (fingerprint === undefined) fields.problem("Key is not an OpenSSH public key (type, base64, comment)");
      fields.check();
      return sshKeyJson(
        store.sshKeys.put({ ...record, label, key, fingerprint: fingerprint ?? "", updatedAt: timestamp() }),
      );
    },
  });

  app.delete<{ Params: { id: string } }>("/ssh-keys/:id", async (request, reply) => {
    const { id } = found(store.sshKeys, request.params.id, "SSH key");
    store.sshKeys.delete(id);
    return reply.code(204).send();
  });
}

/** MD5 in pairs, as the public API shows it; undefined when this is no public key. */
function fingerprintOf(key: string): string | undefined {
  const [type, encoded] = key.trim().split(/\s+/);
  if (type === undefined || encoded === undefined) return undefined;
  const blob = Buffer.from(encoded, "base64");
  // The blob begins with the length and the text of the type: a cheap proof that the two belong together.
  if (blob.length < 4 + type.length || blob.subarray(4, 4 + type.length).toString() !== type) return undefined;
  return createHash("md5").update(blob).digest("hex").match(/../g)?.join(":");
}

const sshKeyJson = (key: SshKey) => ({
  id: key.id,
  href: href("ssh-keys", key.id),
  label: key.label,
  key: key.key,
  fingerprint: key.fingerprint,
  // "/projects/" in here is how the provider tells a project's key from a user's.
  owner: { href: href("projects", key.projectId) },
  created_at: key.createdAt,
  updated_at: key.updatedAt,
});
