import { createHash } from "node:crypto";

/** A machine's address, from the name of its resource. Loopback has room for one address a machine. */
const addressOf = (network: string, resource: string): string => {
  const [a = 0, b = 0] = createHash("sha256").update(resource).digest();
  return `${network}.${a}.${b}`;
};

export const publicAddressOf = (resource: string): string => addressOf("127.77", resource);
export const privateAddressOf = (resource: string): string => addressOf("127.78", resource);
