import { createHash } from "node:crypto";

/** Loopback has room for every machine, each at an address of its own, known by the name of its resource. */
const addressOf = (network: string, resource: string): string => {
  const [a = 0, b = 0] = createHash("sha256").update(resource).digest();
  return `${network}.${a}.${b}`;
};

export const publicAddressOf = (resource: string): string => addressOf("127.77", resource);
export const privateAddressOf = (resource: string): string => addressOf("127.78", resource);
