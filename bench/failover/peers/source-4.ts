import * as fs from "node:fs";
import * as path from "node:path";
import type { Peering } from "./peers";

const words = (file: string): string => fs.readFileSync(path.join(__dirname, "source-4", file), "utf8");

/** Eight characters are all that VRRP's password has (RFC 2338, 5.3.6). No secret: it is the bench's. */
const PASSWORD = "rackpeer";

/** Exactly one place of the source's words is filled in. @throws Error where it is not there once */
function filled(text: string, place: string, value: string): string {
  const parts = text.split(place);
  if (parts.length !== 2)
    throw new Error(`bench/failover/peers/source-4: found "${place}" ${parts.length - 1} times, expected it once`);
  return parts.join(value);
}

/** keepalived.conf of a machine: addresses, interface, state and priority are filled in, nothing else. Pure. */
export function keepalivedConf({ vip, machines, own }: Peering): string {
  const first = machines[0]?.address === own.address;
  const others = machines.filter(({ address }) => address !== own.address).map(({ address }) => address);
  let text = words("keepalived.conf");
  text = filled(text, "interface ens192", `interface ${own.interface}`);
  text = filled(text, "state MASTER", `state ${first ? "MASTER" : "BACKUP"}`);
  text = filled(text, "priority 100", `priority ${first ? 100 : 50}`);
  text = filled(text, "$node_IP", own.address);
  text = filled(text, "$bloody_secure_password", PASSWORD);
  text = filled(text, "$other_node_IP\n$other_node_IP", others.join("\n"));
  return filled(text, "10.0.0.100/24", `${vip}/24`);
}

/** What the source appends to haproxy.cfg. Pure. */
export const haproxyCfg = ({ machines }: Peering): string =>
  machines.reduce(
    (text, { address }, i) => filled(text, `10.0.0.10${i + 1}:6444`, `${address}:6444`),
    words("haproxy.cfg"),
  );
