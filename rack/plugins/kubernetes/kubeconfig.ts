import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { isObject } from "../wire";

/** Where and as whom to talk to a cluster. */
export interface Target {
  readonly server: URL;
  readonly namespace: string;
  readonly ca?: Buffer;
  readonly certificate?: Buffer;
  readonly key?: Buffer;
  readonly token?: string;
  readonly serverName?: string;
  readonly insecure: boolean;
}

/** What the provider resource may choose: a kubeconfig (text or file name), and names in it. */
export interface Choice {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly cluster?: string;
  readonly namespace?: string;
}

interface Named {
  readonly name: string;
}
interface Kubeconfig {
  readonly "current-context"?: string;
  readonly contexts?: readonly (Named & { context: { cluster: string; user: string; namespace?: string } })[];
  readonly clusters?: readonly (Named & { cluster: { [field: string]: string | boolean | undefined } })[];
  readonly users?: readonly (Named & { user: { [field: string]: string | undefined } })[];
}

/** The target that a kubeconfig names; without one, KUBECONFIG or ~/.kube/config. @throws naming what is missing. */
export function targetOf(choice: Choice): Target {
  const { text, origin } = textOf(
    choice.kubeconfig || process.env.KUBECONFIG || path.join(os.homedir(), ".kube", "config"),
  );
  const config: unknown = parse(text);
  if (!isObject(config)) throw new Error(`${origin}: expected a kubeconfig, found ${typeof config}`);
  const { contexts, clusters, users, ...rest } = config as Kubeconfig;
  const { context } = pick(contexts, choice.context || rest["current-context"], "context", origin);
  const { cluster } = pick(clusters, choice.cluster || context.cluster, "cluster", origin);
  const { user } = pick(users, context.user, "user", origin);
  if (user.exec !== undefined) {
    throw new Error(
      `${origin}: user ${context.user} logs in with a program (exec), which this stand-in cannot; use a client certificate or a token`,
    );
  }
  if (typeof cluster.server !== "string") throw new Error(`${origin}: cluster ${context.cluster} has no server`);
  return {
    server: new URL(cluster.server),
    namespace: choice.namespace || context.namespace || "default",
    ca: content(cluster, "certificate-authority"),
    certificate: content(user, "client-certificate"),
    key: content(user, "client-key"),
    token: user.token,
    serverName: typeof cluster["tls-server-name"] === "string" ? cluster["tls-server-name"] : undefined,
    insecure: cluster["insecure-skip-tls-verify"] === true,
  };
}

function textOf(source: string): { text: string; origin: string } {
  if (/\n|^\s*\{/.test(source)) return { text: source, origin: "kubeconfig" };
  if (!fs.existsSync(source)) throw new Error(`kubeconfig ${source} does not exist; give the provider a kubeconfig`);
  return { text: fs.readFileSync(source, "utf8"), origin: source };
}

function pick<T extends Named>(
  list: readonly T[] | undefined,
  name: string | undefined,
  what: string,
  origin: string,
): T {
  const found = list?.find(item => item.name === name);
  if (found !== undefined) return found;
  throw new Error(
    `${origin}: no ${what} "${name ?? ""}"; it has: ${list?.map(item => item.name).join(", ") || "none"}`,
  );
}

/** A field given inline (`<field>-data`, base64) or as a file name. */
function content(fields: { [field: string]: string | boolean | undefined }, field: string): Buffer | undefined {
  const [data, file] = [fields[`${field}-data`], fields[field]];
  if (typeof data === "string") return Buffer.from(data, "base64");
  return typeof file === "string" ? fs.readFileSync(file) : undefined;
}
