import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { vipOf } from "../topology";
import { found, unprocessable } from "./errors";
import { attachmentJson, blockJson } from "./ip-json";
import type { IpBlock } from "./records";
import { RequestFields } from "./request-fields";
import type { Room } from "./services";

/** The rack's pool is one documentation /24; more than this in one block would leave none for others. */
const MAX_QUANTITY = 16;
const POOL_SIZE = 256;

/** Reserved address blocks, and the `ips/{id}` that blocks and attachments share. */
export function ipBlockRoutes(app: FastifyInstance, { store, switchProgram, timestamp }: Room): void {
  app.get<{ Params: { id: string } }>("/projects/:id/ips", async request => {
    const { id } = found(store.projects, request.params.id, "project");
    return { ip_addresses: store.blocks.where(block => block.projectId === id).map(block => blockJson(store, block)) };
  });

  app.post<{ Params: { id: string } }>("/projects/:id/ips", async (request, reply) => {
    const project = found(store.projects, request.params.id, "project");
    const wanted = readReservation(request.body);
    const block = await switchProgram.change(() => {
      const record: IpBlock = {
        id: randomUUID(),
        projectId: project.id,
        network: freeNetwork(store.blocks.all(), wanted.quantity),
        cidr: 32 - Math.log2(wanted.quantity),
        details: wanted.details,
        tags: wanted.tags,
        ...(wanted.metro === undefined ? {} : { type: "public_ipv4", metro: wanted.metro }),
        createdAt: timestamp(),
      };
      return { blocks: [...store.blocks.all(), record], commit: () => store.blocks.put(record) };
    });
    return reply.code(201).send(blockJson(store, block));
  });

  app.get<{ Params: { id: string } }>("/ips/:id", async request => {
    const attachment = store.attachments.get(request.params.id);
    return attachment
      ? attachmentJson(attachment)
      : blockJson(store, found(store.blocks, request.params.id, "address block or attachment"));
  });

  app.delete<{ Params: { id: string } }>("/ips/:id", async (request, reply) => {
    const { id } = request.params;
    if (store.attachments.get(id)) store.attachments.delete(id);
    else {
      await switchProgram.change(() => {
        found(store.blocks, id, "address block or attachment");
        if (store.attachments.where(attachment => attachment.blockId === id).length > 0) {
          throw unprocessable("Cannot delete a block with addresses assigned to devices: unassign them first");
        }
        return { blocks: store.blocks.where(block => block.id !== id), commit: () => store.blocks.delete(id) };
      });
    }
    return reply.code(204).send();
  });
}

function readReservation(body: unknown) {
  const fields = new RequestFields(body);
  const type = fields.text("type");
  const quantity = fields.integer("quantity") ?? 0;
  const details = fields.optionalText("details");
  const tags = fields.texts("tags") ?? [];
  const metro = fields.optionalText("metro");
  const place = metro ?? fields.optionalText("facility");
  if (type !== "" && type !== "global_ipv4" && type !== "public_ipv4")
    fields.problem(`Type ${type} cannot be reserved here: the rack has global_ipv4 and public_ipv4 blocks`);
  if (type === "global_ipv4" && place !== undefined) fields.problem("A global_ipv4 block has no metro and no facility");
  if (type === "public_ipv4" && metro === undefined) fields.problem("A public_ipv4 block needs a metro");
  if (quantity < 1 || quantity > MAX_QUANTITY || !Number.isInteger(Math.log2(quantity))) {
    fields.problem(`Quantity must be a power of 2 from 1 to ${MAX_QUANTITY}, not ${quantity}`);
  }
  fields.check();
  return { quantity, details, tags, metro };
}

/** The lowest aligned range of the pool that no block touches; its first address stays unused. */
function freeNetwork(blocks: readonly IpBlock[], quantity: number): string {
  const taken = new Set(
    blocks.flatMap(block => Array.from({ length: 2 ** (32 - block.cidr) }, (_, i) => lastOctet(block.network) + i)),
  );
  for (let start = quantity; start + quantity < POOL_SIZE; start += quantity) {
    if (!Array.from({ length: quantity }, (_, i) => start + i).some(octet => taken.has(octet))) return vipOf(start - 1);
  }
  throw unprocessable(`No ${quantity} addresses are left in the rack's global_ipv4 pool: delete a block`);
}

const lastOctet = (address: string) => Number(address.slice(address.lastIndexOf(".") + 1));
