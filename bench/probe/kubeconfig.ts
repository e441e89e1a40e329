import * as fs from "node:fs";
import { parse } from "yaml";

/** Where and as whom to talk to a cluster: a server, its authority and a client certificate. */
export interface Target {
  readonly server: URL;
  readonly ca?: Buffer;
  readonly certificate?: Buffer;
  readonly key?: Buffer;
}

interface Kubeconfig {
  readonly "current-context": string;
  readonly contexts: readonly { name: string; context: { cluster: string; user: string } }[];
  readonly clusters: readonly { name: string; cluster: { server: string; "certificate-authority-data"?: string } }[];
  readonly users: readonly { name: string; user: { "client-certificate-data"?: string; "client-key-data"?: string } }[];
}

/** The target of a kubeconfig's current context; certificates inline, as kubeadm writes them. */
export function targetOf(file: string): Target {
  const config = parse(fs.readFileSync(file, "utf8")) as Kubeconfig;
  const { context } = named(config.contexts, config["current-context"], `${file}: contexts`);
  const { cluster } = named(config.clusters, context.cluster, `${file}: clusters`);
  const { user } = named(config.users, context.user, `${file}: users`);
  return {
    server: new URL(cluster.server),
    ca: decoded(cluster["certificate-authority-data"]),
    certificate: decoded(user["client-certificate-data"]),
    key: decoded(user["client-key-data"]),
  };
}

function named<T extends { readonly name: string }>(list: readonly T[], name: string, where: string): T {
  const found = list.find(one => one.name === name);
  if (found === undefined)
    throw new Error(`${where}: expected "${name}", found ${list.map(one => one.name).join(", ")}`);
  return found;
}

const decoded = (data: string | undefined): Buffer | undefined =>
  data === undefined ? undefined : Buffer.from(data, "base64");
