import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { expect, test } from "vitest";

const NODE = path.resolve(__dirname, "../../cloud-init/node");
const files = fs
  .readdirSync(NODE, { recursive: true, encoding: "utf8" })
  .filter(file => fs.statSync(path.join(NODE, file)).isFile());
const scripts = files.filter(file => file.endsWith(".sh") || file.startsWith("bin/"));

test("every script is one that bash can read", () => {
  for (const script of scripts) execFileSync("bash", ["-n", path.join(NODE, script)]);
});

test("every program of its own stops at the first error", () => {
  const programs = scripts.filter(file => /^bin\/rackplane$|\/(verbs|steps)\//.test(file));
  for (const file of programs)
    expect(fs.readFileSync(path.join(NODE, file), "utf8"), file).toMatch(/^set -euo pipefail$/m);
});

test("a step fits on a page", () => {
  for (const file of scripts.filter(name => name.includes("/steps/"))) {
    expect(fs.readFileSync(path.join(NODE, file), "utf8").split("\n").length, file).toBeLessThanOrEqual(61);
  }
});
