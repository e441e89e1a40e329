import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = path.resolve(__dirname, "../..");

/** Paths of this repository that a page names: in links, and, as `code`, below a folder of the root. */
function named(text: string): string[] {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!.replace(/#.*$/, ""));
  const code = [
    ...text.matchAll(/`((?:bench|cloud-init|components|examples|rack|test|\.github)\/[\w./-]*)`/g),
    // Commands copy examples.
    ...text.matchAll(/\b(examples\/[\w-]+\.yaml)\b/g),
  ].map(([, target]) => target!);
  return [...new Set([...links.filter(target => target !== "" && !/^[a-z]+:/.test(target)), ...code])];
}

const DOCS = fs
  .readdirSync(path.join(ROOT, "docs"))
  .filter(file => file.endsWith(".md"))
  .map(file => `docs/${file}`);

describe.each(["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "rack/README.md", ...DOCS])("%s", page => {
  const text = fs.readFileSync(path.join(ROOT, page), "utf8");

  test("names paths that exist", () => {
    const missing = named(text).filter(
      target => ![path.dirname(page), "."].some(from => fs.existsSync(path.join(ROOT, from, target))),
    );
    expect(missing).toEqual([]);
  });

  test("names npm scripts and stacks that exist", () => {
    const { scripts } = JSON.parse(fs.readFileSync(path.join(ROOT, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    for (const [, script] of text.matchAll(/npm run ([\w:-]+)/g)) expect(scripts).toHaveProperty([script!]);
    for (const [, stack] of text.matchAll(/--stack ([a-z][\w-]*)/g)) {
      const files = ["examples", "rack/stacks"].map(folder => path.join(ROOT, folder, `${stack}.yaml`));
      expect(
        files.filter(file => fs.existsSync(file)),
        stack,
      ).toHaveLength(1);
    }
  });
});

test("a path that does not exist would be found", () => {
  expect(named("[a](no/such.ts#x) [b](https://example.com) `rack/no-such` cp examples/none.yaml x")).toEqual([
    "no/such.ts",
    "rack/no-such",
    "examples/none.yaml",
  ]);
});
