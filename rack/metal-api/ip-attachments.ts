import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { BlockList } from "node:net";
import { found, unprocessable } from "./errors";
import { attachmentJson } from "./ip-json";
import type { IpBlock } from "./records";
import { RequestFields } from "./request-fields";
import type { Room } from "./services";

/**
 * Static assignment of reserved addresses to devices. Recorded only: the rack's switches route by BGP,
 * and a block that is announced must not be assigned as well.
 */
export function ipAttachmentRoutes(app: FastifyInstance, { store, timestamp }: Room): void {
  app.get<{ Params: { id: string } }>("/devices/:id/ips", async request => {
    const device = found(store.devices, request.params.id, "device");
    return {
      ip_addresses: store.attachments.where(attachment => attachment.deviceId === device.id).map(attachmentJson),
    };
  });

  app.post<{ Params: { id: string } }>("/devices/:id/ips", async (request, reply) => {
    const device = found(store.devices, request.params.id, "device");
    const fields = new RequestFields(request.body);
    const [network = "", length = "32"] = fields.text("address").split("/");
    const cidr = Number(length);
    fields.check();
    const block = store.blocks
      .where(({ projectId }) => projectId === device.projectId)
      .find(candidate => holds(candidate, network, cidr));
    if (block === undefined) throw unprocessable(`${network}/${length} is in no block of the device's project`);
    if (store.attachments.where(other => other.network === network).length > 0)
      throw unprocessable(`${network}/${length} is already assigned`);
    const attachment = store.attachments.put({
      id: randomUUID(),
      blockId: block.id,
      deviceId: device.id,
      network,
      cidr,
      createdAt: timestamp(),
    });
    return reply.code(201).send(attachmentJson(attachment));
  });
}

function holds(block: IpBlock, network: string, cidr: number): boolean {
  const range = new BlockList();
  range.addSubnet(block.network, block.cidr);
  return cidr >= block.cidr && cidr <= 32 && range.check(network);
}
