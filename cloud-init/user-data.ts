import { gunzipSync, gzipSync } from "node:zlib";
import { Document, Scalar, visit } from "yaml";
import type { NodeSpec } from "./contract/node";
import { proxyDropIns } from "./proxy";
import { bareProgramFile, bootFiles, modeOf, PROGRAM_DIRECTORY } from "./program";

/** Where {@link NodeSpec} lies on a machine. */
export const NODE_JSON = "/etc/rackplane/node.json";

/**
 * What a machine boots with: cloud-init's `#cloud-config`, compressed. It writes the on-node program's boot part and
 * `node.json`, and starts `rackplane prepare`. All control-plane machines of a cluster get the same, and it holds no
 * secret: every user of the machine can read user data.
 *
 * Who the machine is (host name, addresses, SSH keys) stays the platform's own job.
 *
 * The form is a MIME message of type `application/gzip`, which cloud-init unpacks by itself (cloudinit/user_data.py,
 * DECOMP_TYPES) and which is text, as platforms want it. Its head says how a person reads it.
 */
export function userData(node: NodeSpec): string {
  const body = gzipSync(cloudConfig(node), { level: 9 }).toString("base64");
  return [
    "MIME-Version: 1.0",
    "Content-Type: application/gzip",
    "Content-Transfer-Encoding: base64",
    `X-Read-With: ${READ_WITH}`,
    TELLS_HOST_KEY,
    "",
    // RFC 2045, 6.8: at most 76 characters a line.
    ...(body.match(/.{1,76}/g) ?? []),
    "",
  ].join("\n");
}

/**
 * The user data itself, when the platform takes as much; each platform has a limit of its own.
 *
 * @throws Error naming both sizes, before anything is rented with it
 */
export function within(limit: number, userData: string): string {
  const bytes = Buffer.byteLength(userData);
  if (bytes <= limit) return userData;
  throw new Error(
    `user data: found ${bytes} bytes, expected ${limit} at most, which the platform takes; shorten what node.json holds, such as mirrors.images`,
  );
}

/** Shows the `#cloud-config` in a file of user data. */
export const READ_WITH = "sed '1,/^$/d' user-data | base64 -d | zcat";

/** The `#cloud-config` in a text of user data. */
export const readUserData = (text: string): string =>
  gunzipSync(Buffer.from(text.slice(text.indexOf("\n\n")), "base64")).toString();

/** In the head of user data whose program tells the platform the machine's host key (node/boot/verbs/prepare.sh). */
const TELLS_HOST_KEY = "X-Host-Key: told";

/** Whether a machine that booted with this user data tells the platform its host key; with an earlier one it did not. */
export const tellsHostKey = (text: string): boolean =>
  text.slice(0, text.indexOf("\n\n")).split("\n").includes(TELLS_HOST_KEY);

function cloudConfig(node: NodeSpec): string {
  const files = [
    ...bootFiles().map(file => ({
      path: `${PROGRAM_DIRECTORY}/${file}`,
      permissions: `0${modeOf(file).toString(8)}`,
      content: bareProgramFile(file),
    })),
    { path: NODE_JSON, permissions: "0644", content: `${JSON.stringify(node, null, 2)}\n` },
    ...(node.downloadEnvironment === undefined ? [] : proxyDropIns(node.downloadEnvironment)).map(file => ({
      ...file,
      permissions: "0644",
    })),
  ];
  const config = {
    // Nothing here needs the distribution's index; the steps that do refresh it themselves.
    package_update: false,
    package_upgrade: false,
    // One kind of host key, made on this machine: boots take seconds less, and no key of an image is trusted.
    ssh_deletekeys: true,
    ssh_genkeytypes: ["ed25519"],
    write_files: files,
    runcmd: [[`${PROGRAM_DIRECTORY}/bin/rackplane`, "install"]],
  };
  return `#cloud-config\n${readable(config)}`;
}

/** YAML in which every text of several lines stands as it will on the machine, so that a person can review it. */
function readable(config: object): string {
  const document = new Document(config);
  visit(document, {
    Scalar(_, scalar) {
      if (typeof scalar.value === "string" && scalar.value.includes("\n")) scalar.type = Scalar.BLOCK_LITERAL;
      // "0644" unquoted would be a number to the YAML 1.1 parser of cloud-init.
      else if (typeof scalar.value === "string" && /^\d+$/.test(scalar.value)) scalar.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return document.toString({ lineWidth: 0, indentSeq: false });
}
