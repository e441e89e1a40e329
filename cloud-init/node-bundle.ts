import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

/** Where the on-node program lives on a machine. */
export const BUNDLE_DIRECTORY = "/opt/rackplane";

/** A file as it is written on a machine. */
export interface NodeFile {
  readonly content: string;
  /** Octal permissions, e.g. `0755`. */
  readonly mode: "0600" | "0644" | "0755";
}

/** Absolute path on the machine to file, in the order of the paths. */
export type NodeFiles = Readonly<Record<string, NodeFile>>;

const SOURCE = path.join(__dirname, "node");

/**
 * The on-node program: the constant scripts of `node/`, byte for byte. Nothing in it depends on the cluster;
 * what varies is in `node.json` ({@link NodeSpec}).
 *
 * A grant carries `path -> content` only; modes follow from the path: everything in `bin/` is a program,
 * the rest is read by it.
 */
export function nodeBundle(): NodeFiles {
  return Object.fromEntries(
    filesBelow(SOURCE).map(file => {
      const relative = path.relative(SOURCE, file).split(path.sep).join("/");
      return [
        `${BUNDLE_DIRECTORY}/${relative}`,
        { content: fs.readFileSync(file, "utf8"), mode: relative.startsWith("bin/") ? "0755" : "0644" } as const,
      ];
    }),
  );
}

/**
 * The parts that only a member, or a machine about to become one, needs: the grant that makes it one brings
 * them ({@link Grant.bundle}). Without them user data stays small enough for every platform.
 */
const WITH_THE_GRANT = [
  /^(membership|announcers)\//,
  /^verbs\/(form|member|kubeconfig|mint|worker|balancer|status|announce|preflight|check-endpoint)\.sh$/,
  /^lib\/(cluster|etcd|kube-vip|balancing|readiness)\.sh$/,
  /^jq\/(kube-vip|flannel-cni|isolation|keepalived|haproxy|nginx)\.jq$/,
  /^steps\/cni\.sh$/,
  /^preflight\//,
  /^units\/rackplane-(announcer|cni|haproxy|nginx|keepalived)\./,
];

/** The program as far as a machine needs it before its first grant: enough to prepare the machine, to be awaited and to receive a grant. */
export function bootBundle(): NodeFiles {
  const later = (file: string) => WITH_THE_GRANT.some(part => part.test(path.posix.relative(BUNDLE_DIRECTORY, file)));
  return Object.fromEntries(Object.entries(nodeBundle()).filter(([file]) => !later(file)));
}

/** Nothing of a balancer is in user data: the machines with one are reached over SSH. */
export const userDataBundle = (): NodeFiles =>
  Object.fromEntries(Object.entries(bootBundle()).filter(([file]) => !file.endsWith("/steps/balancer.sh")));

/** SHA-256 of the whole program in hex: it changes when a machine should be sent a new one. */
export function bundleHash(): string {
  const hash = createHash("sha256");
  for (const [file, { content }] of Object.entries(nodeBundle())) {
    // Lengths keep apart what would otherwise read the same: a name's end and a content's beginning.
    hash.update(`${file.length}:${file}${Buffer.byteLength(content)}:`).update(content);
  }
  return hash.digest("hex");
}

/** Every file below a directory, sorted so that bundle and hash do not depend on the file system. */
function filesBelow(directory: string): string[] {
  return (
    fs
      .readdirSync(directory, { withFileTypes: true })
      // An editor's swap and backup files are no part of the program.
      .filter(entry => !entry.name.startsWith(".") && !entry.name.endsWith("~"))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap(entry => {
        const file = path.join(directory, entry.name);
        return entry.isDirectory() ? filesBelow(file) : [file];
      })
  );
}
