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

test("every condition of health has a file, a function and all of its words", () => {
  const conditions = JSON.parse(fs.readFileSync(path.join(NODE, "health/conditions.json"), "utf8")) as object[];
  const named = conditions.map(condition => (condition as { name: string }).name);
  expect([...named, "health"].sort()).toEqual(files.flatMap(file => /^health\/(.+)\.sh$/.exec(file)?.[1] ?? []).sort());
  for (const condition of conditions) {
    const { name, applies, asks, todo } = condition as Record<string, string>;
    expect(fs.readFileSync(path.join(NODE, `health/${name}.sh`), "utf8")).toContain(
      `healthy_${name?.replaceAll("-", "_")}() {`,
    );
    expect(
      [applies, asks, todo].every(text => (text ?? "").length > 0),
      name,
    ).toBe(true);
    // A filter that jq cannot read would make the condition one that never applies.
    execFileSync("jq", [`.role //= "control-plane" | ${applies}`], { input: '{"announcer":{"kind":"external"}}' });
  }
});

test("every change of a machine has a file, says when it is due and how it is done, and whose it is", () => {
  const folder = "grant/change";
  const changes = JSON.parse(fs.readFileSync(path.join(NODE, folder, "changes.json"), "utf8")) as {
    name: string;
    roles: string[];
  }[];
  expect(changes.length).toBeGreaterThan(0);
  for (const { name, roles } of changes) {
    const text = fs.readFileSync(path.join(NODE, folder, `${name}.sh`), "utf8");
    for (const part of ["due", "do"]) expect(text).toContain(`${part}_${name.replaceAll("-", "_")}() {`);
    expect(
      roles.filter(role => role !== "control-plane" && role !== "worker"),
      name,
    ).toEqual([]);
    expect(roles.length, name).toBeGreaterThan(0);
  }
});
