import { Document, Scalar, visit } from "yaml";

import { BUNDLE_DIRECTORY, userDataBundle, type NodeFiles } from "./node-bundle";
import type { NodeSpec } from "./node-spec";

/** Where {@link NodeSpec} lies on a machine. */
export const NODE_JSON = "/etc/rackplane/node.json";

/** More than any platform in use takes as user data, uncompressed. */
export const USER_DATA_LIMIT = 64 * 1024;

/**
 * What a machine boots with: cloud-init's `#cloud-config`. It writes the on-node program and `node.json`,
 * and starts `rackplane prepare`. All control-plane machines of a cluster get the same, and it holds no
 * secret: anybody on the machine can read user data.
 *
 * Who the machine is (host name, addresses, SSH keys) stays the platform's own job.
 */
export function userData(node: NodeSpec): string {
  const files: NodeFiles = {
    ...userDataBundle(),
    [NODE_JSON]: { content: `${JSON.stringify(node, null, 2)}\n`, mode: "0644" },
  };
  const config = {
    // Nothing here needs the distribution's index; the steps that do refresh it themselves.
    package_update: false,
    package_upgrade: false,
    // One host key, made on this machine: it is up seconds earlier, and no image's key is trusted.
    ssh_deletekeys: true,
    ssh_genkeytypes: ["ed25519"],
    write_files: Object.entries(files).map(([path, { content, mode }]) => ({ path, permissions: mode, content })),
    runcmd: [[`${BUNDLE_DIRECTORY}/bin/rackplane`, "install"]],
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
