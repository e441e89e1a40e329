import Ajv from "ajv";
import * as path from "node:path";
import { describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { bareProgramFile, bootFiles, programArchive, programFile, programFiles } from "../../cloud-init/program";
import { proxyDropIns } from "../../cloud-init/proxy";
import { NODE_JSON, READ_WITH, readUserData, userData, within } from "../../cloud-init/user-data";
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

/** Amazon EC2's 16 KiB (user guide, "instance user data"), the least of the platforms in use. */
const LEAST_LIMIT = 16 * 1024;

describe.each(scenarios)("user data, %s", (name, node) => {
  const sent = userData(node);
  const text = readUserData(sent);

  test("is the golden one", async () => {
    const config = parsed(text);
    // The program's own files are beside this test, in the repository: the golden file names them.
    const write_files = config.write_files.map(file =>
      !file.path.startsWith("/opt/rackplane/")
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

  test("writes every file as it is, but for its comments", () => {
    for (const file of parsed(text).write_files) {
      if (file.path === NODE_JSON) expect(JSON.parse(file.content)).toEqual(node);
      else if (file.path.startsWith("/etc/systemd/"))
        expect(proxyDropIns(node.downloadEnvironment ?? "")).toContainEqual({ path: file.path, content: file.content });
      else expect(file.content).toBe(bareProgramFile(path.posix.relative("/opt/rackplane", file.path)));
    }
  });

  test("can be read with the command that its head names: files stand in it as they will on the machine", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "rackplane-user-data-"));
    writeFileSync(path.join(folder, "user-data"), sent);
    expect(sent).toContain(`X-Read-With: ${READ_WITH}\n`);
    expect(execFileSync("bash", ["-c", READ_WITH], { cwd: folder, encoding: "utf8" })).toBe(text);
    rmSync(folder, { recursive: true });
    expect(text).not.toMatch(/content: ["'>]/);
    expect(text).not.toContain("\\n      ");
  });

  test("is small enough for every platform", () => {
    expect(within(LEAST_LIMIT, sent)).toBe(sent);
    expect(() => within(1000, sent)).toThrow(
      /^user data: found 1[56]\d{3} bytes, expected 1000 at most, which the platform takes; shorten/,
    );
  });
});

test("a file without its comments is the same program", () => {
  expect(bareProgramFile("boot/verbs/await.sh").split("\n").slice(0, 2)).toEqual(
    programFile("boot/verbs/await.sh").split("\n").slice(0, 2),
  );
  for (const file of bootFiles().filter(name => name.endsWith(".sh"))) {
    execFileSync("bash", ["-n"], { input: bareProgramFile(file) });
    // A comment sign in a text of several lines would be taken for one.
    expect(programFile(file), file).not.toMatch(/<<'?[A-Z]/);
  }
});

test("the program is the same wherever it is asked for from, and its hash is that of the archive", () => {
  const { path: archive, hash } = programArchive();
  const listed = execFileSync("tar", ["-tvf", archive], { encoding: "utf8" }).trim().split("\n");
  expect(listed.map(line => line.split(/\s+/).at(-1))).toEqual(programFiles());
  expect(execFileSync("sha256sum", [archive], { encoding: "utf8" })).toContain(hash);
  // Neither this checkout's times nor its umask nor its owner.
  expect(new Set(listed.map(line => line.replace(/ +\d+ 1970-01-01.*/, "")))).toEqual(
    new Set(["-rwxr-xr-x 0/0", "-rw-r--r-- 0/0"]),
  );
});

test("every verb of the table has a script, and every script is in the table", () => {
  const { granted, others } = JSON.parse(programFile("verbs.json")) as { granted: object; others: string[] };
  const scripts = programFiles().flatMap(file => /\/verbs\/(.+)\.sh$/.exec(file)?.[1] ?? []);
  expect([...Object.keys(granted), ...others].sort()).toEqual(scripts.sort());
});

test("what user data leaves to the grant is used by nothing that it brings", () => {
  const boot = bootFiles();
  for (const file of boot) {
    // Sourced, run by bash or read by jq: always written as "$BUNDLE/..." or "$RACKPLANE_BUNDLE/...".
    for (const [, used] of programFile(file).matchAll(
      /(?:^|[.\s])(?:\.|bash|-f) "\$(?:RACKPLANE_)?BUNDLE\/([\w./-]+)"/gm,
    )) {
      expect(boot, `${file} uses ${used}`).toContain(used);
    }
  }
  for (const step of programFile("boot/verbs/prepare.sh").matchAll(/^ {2}"([a-z-]+) {2,}/gm)) {
    // The machines of balancers, and those with BIRD, are reached over SSH and have the whole program by then.
    const room = step[1] === "balancer" || step[1] === "speaker" ? "grant" : "boot";
    expect(programFiles()).toContain(`${room}/steps/${step[1]}.sh`);
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
