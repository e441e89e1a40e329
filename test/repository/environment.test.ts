import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { expect, test } from "vitest";

const ROOT = path.resolve(__dirname, "../..");

test("no module that tests share sets a variable of the environment when it is imported: files share a process", () => {
  const modules = execFileSync("git", ["ls-files", "test/*.ts", "rack/test/*.ts", "bench/*.ts"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  const setting = modules
    .split("\n")
    .filter(file => file !== "" && fs.existsSync(path.join(ROOT, file)))
    .filter(file => /^process\.env(\.\w+|\[.*\]) \??\??=[^=]/m.test(fs.readFileSync(path.join(ROOT, file), "utf8")));
  expect(setting).toEqual([]);
});
