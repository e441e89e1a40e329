import { onMachine } from "../../rack/cli/operator";

/**
 * The API servers that a machine's balancer leads to, by its configuration.
 *
 * @param file whose: the endpoint's HAProxy, or the balancer that a worker has for itself
 */
export async function ledTo(machine: string, file: "haproxy" | "local-balancer"): Promise<string[]> {
  const text = await onMachine(machine, ["cat", `/etc/rackplane/${file}.cfg`]);
  const [, servers = ""] = /^backend api-servers\n((?: {2}.*\n)*)/m.exec(`${text}\n`) ?? [];
  return [...servers.matchAll(/^ *server (\S+) /gm)].map(([, name = ""]) => name);
}
