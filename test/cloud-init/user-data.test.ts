import Ajv from "ajv";
import * as path from "node:path";
import { describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";

import { bootBundle, bundleHash, nodeBundle } from "../../cloud-init/node-bundle";
import { NODE_JSON, USER_DATA_LIMIT, userData } from "../../cloud-init/user-data";
import { mirroredNode, plainNode } from "./nodes";

interface CloudConfig {
  readonly write_files: { readonly path: string; readonly permissions: string; readonly content: string }[];
}
const scenarios = [
  ["plain", plainNode],
  ["mirrors", mirroredNode],
] as const;

/** As YAML 1.1, which is what cloud-init's parser reads: there, `0644` and `yes` would be no strings. */
const parsed = (text: string) => parse(text, { version: "1.1" }) as CloudConfig;

describe.each(scenarios)("user data, %s", (name, node) => {
  const text = userData(node);

  test("is the golden one", async () => {
    const config = parsed(text);
    // The program's own files are beside this test, in the repository: the golden file names them.
    const write_files = config.write_files.map(file =>
      file.path === NODE_JSON
        ? file
        : { ...file, content: `<cloud-init/node/${path.posix.relative("/opt/rackplane", file.path)}>` },
    );
    await expect(stringify({ ...config, write_files })).toMatchFileSnapshot(`golden/user-data-${name}.yaml`);
  });

  test("is what cloud-init accepts", () => {
    const validate = new Ajv({ allErrors: true }).compile(CLOUD_CONFIG);
    expect(validate(parsed(text)), JSON.stringify(validate.errors)).toBe(true);
    expect(text.startsWith("#cloud-config\n")).toBe(true);
  });

  test("writes every file byte for byte", () => {
    for (const file of parsed(text).write_files) {
      if (file.path === NODE_JSON) expect(JSON.parse(file.content)).toEqual(node);
      else expect(file.content).toBe(bootBundle()[file.path]?.content);
    }
  });

  test("can be read: files stand in it as they will on the machine", () => {
    expect(text).not.toMatch(/content: ["'>]/);
    expect(text).not.toContain("\\n      ");
  });

  test("is small enough for every platform", () => {
    expect(Buffer.byteLength(text)).toBeLessThan(USER_DATA_LIMIT);
  });
});

test("the program is the same wherever it is asked for from", () => {
  const before = process.cwd();
  const [bundle, hash] = [nodeBundle(), bundleHash()];
  // vitest's forks may change their own directory.
  process.chdir("/");
  try {
    expect(nodeBundle()).toEqual(bundle);
    expect(bundleHash()).toBe(hash);
  } finally {
    process.chdir(before);
  }
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
});

test("only what is in bin/ is a program", () => {
  expect(nodeBundle()["/opt/rackplane/bin/rackplane"]?.mode).toBe("0755");
  expect(nodeBundle()["/opt/rackplane/lib/common.sh"]?.mode).toBe("0644");
});

test("what user data leaves to the grant is used by nothing that it brings", () => {
  const boot = bootBundle();
  for (const [file, { content }] of Object.entries(boot)) {
    // Sourced, run by bash or read by jq: always written as "$BUNDLE/..." or "$RACKPLANE_BUNDLE/...".
    for (const [, used] of content.matchAll(/(?:^|[.\s])(?:\.|bash|-f) "\$(?:RACKPLANE_)?BUNDLE\/([\w./-]+)"/gm)) {
      expect(Object.keys(boot), `${file} uses ${used}`).toContain(`/opt/rackplane/${used}`);
    }
  }
  for (const step of boot["/opt/rackplane/verbs/prepare.sh"]?.content.matchAll(/^ {2}"([a-z-]+) {2,}/gm) ?? []) {
    expect(Object.keys(boot)).toContain(`/opt/rackplane/steps/${step[1]}.sh`);
  }
});

/** The part of cloud-init's own schema that this program uses; anything else is a mistake here. */
const CLOUD_CONFIG = {
  type: "object",
  additionalProperties: false,
  required: ["write_files", "runcmd"],
  properties: {
    package_update: { type: "boolean" },
    package_upgrade: { type: "boolean" },
    ssh_deletekeys: { type: "boolean" },
    ssh_genkeytypes: {
      type: "array",
      minItems: 1,
      items: { type: "string", enum: ["dsa", "ecdsa", "ed25519", "rsa"] },
    },
    write_files: {
      type: "array",
      minItems: 1,
      items: {
        type: "object",
        required: ["path"],
        additionalProperties: false,
        properties: {
          path: { type: "string", pattern: "^/" },
          content: { type: "string" },
          permissions: { type: "string", pattern: "^0[0-7]{3}$" },
        },
      },
    },
    runcmd: { type: "array", minItems: 1, items: { type: "array", items: { type: "string" } } },
  },
};
