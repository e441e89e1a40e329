import * as fs from "node:fs";
import * as path from "node:path";
import { run } from "../command";
import { nameOf } from "../machines/processes";
import { SERVICES, STATE_DIR } from "../topology";

/** Somebody else's balancer: where it listens, and where it leads. */
export interface BalancerRequest {
  readonly address: string;
  readonly port: number;
  readonly servers: readonly { readonly name: string; readonly address: string; readonly port: number }[];
}

/** HAProxy's configuration: pure. TCP, so that certificates are checked end to end. */
export function haproxyConfig({ address, port, servers }: BalancerRequest): string {
  return [
    "global",
    "  maxconn 2000",
    "defaults",
    "  mode tcp",
    "  timeout connect 1s",
    // A quiet watch is no dead one: kube-apiserver ends watches by itself within the hour (--min-request-timeout).
    "  timeout client 2h",
    "  timeout server 2h",
    "  option redispatch",
    "frontend api",
    `  bind ${address}:${port}`,
    "  default_backend api-servers",
    "backend api-servers",
    "  balance roundrobin",
    "  option httpchk GET /readyz",
    "  http-check expect status 200",
    "  default-server check check-ssl verify none inter 1s fall 2 rise 1 on-marked-down shutdown-sessions",
    "  timeout check 1s",
    ...servers.map(server => `  server ${checkedName(server.name)} ${checkedAddress(server.address)}:${server.port}`),
    "",
  ].join("\n");
}

const DIRECTORY = path.join(STATE_DIR, "balancer");
const CONFIG = path.join(DIRECTORY, "haproxy.cfg");
const PIDS = path.join(DIRECTORY, "pid");

/**
 * Starts the balancer, or gives the one that runs another configuration without ending a connection. It is in the
 * services' namespace, where the daemon that calls this has its network, and outlives that daemon.
 *
 * @throws Error when it is asked to listen elsewhere than at the services' address, or HAProxy does not start
 */
export async function setBalancer(wanted: BalancerRequest): Promise<void> {
  if (wanted.address !== SERVICES.address) {
    throw new Error(
      `balancer: found address ${wanted.address}; expected ${SERVICES.address}, the rack's services, as endpoint.address of the stack`,
    );
  }
  const text = haproxyConfig(wanted);
  const old = running();
  if (old.length > 0 && fs.existsSync(CONFIG) && fs.readFileSync(CONFIG, "utf8") === text) return;
  fs.mkdirSync(DIRECTORY, { recursive: true, mode: 0o700 });
  fs.writeFileSync(CONFIG, text);
  await run(["haproxy", "-D", "-f", CONFIG, "-p", PIDS, ...(old.length > 0 ? ["-sf", ...old] : [])]);
}

/** The pids that HAProxy noted as its own, if they still are HAProxy's. */
function running(): string[] {
  if (!fs.existsSync(PIDS)) return [];
  return fs
    .readFileSync(PIDS, "utf8")
    .split("\n")
    .filter(pid => pid !== "" && nameOf(Number(pid)) === "haproxy");
}

function checkedName(name: string): string {
  if (/^[A-Za-z0-9.-]+$/.test(name)) return name;
  throw new Error(`balancer: found server name "${name}"; expected letters, digits, dots and dashes`);
}

function checkedAddress(address: string): string {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) return address;
  throw new Error(`balancer: found server address "${address}"; expected an IPv4 address`);
}
