import { href } from "./href";
import type { IpAttachment, IpBlock } from "./records";
import type { Store } from "./store";

export function blockJson(store: Store, block: IpBlock) {
  const assigned = store.attachments.where(attachment => attachment.blockId === block.id);
  return {
    ...addressJson(block),
    type: block.type ?? "global_ipv4",
    global_ip: block.type === undefined,
    ...(block.metro === undefined ? {} : { metro: { code: block.metro } }),
    details: block.details ?? null,
    tags: block.tags,
    addon: true,
    bill: true,
    available: assigned.length === 0 ? `${block.network}/${block.cidr}` : "",
    assignments: assigned.map(({ id }) => ({ href: href("ips", id) })),
    project: { href: href("projects", block.projectId) },
  };
}

export const attachmentJson = (attachment: IpAttachment) => ({
  ...addressJson(attachment),
  enabled: true,
  tags: [],
  parent_block: { href: href("ips", attachment.blockId), network: attachment.network, cidr: attachment.cidr },
  assigned_to: { href: href("devices", attachment.deviceId) },
});

const addressJson = (range: IpBlock | IpAttachment) => ({
  id: range.id,
  href: href("ips", range.id),
  address: range.network,
  gateway: range.network,
  network: range.network,
  netmask: netmaskOf(range.cidr),
  cidr: range.cidr,
  address_family: 4,
  public: true,
  global_ip: true,
  management: false,
  manageable: true,
  created_at: range.createdAt,
});

const netmaskOf = (cidr: number) =>
  [24, 16, 8, 0].map(shift => ((2 ** 32 - 2 ** (32 - cidr)) >>> shift) & 255).join(".");
