import * as fs from "node:fs";
import * as path from "node:path";
import { expect, test } from "vitest";

const NODE = path.resolve(__dirname, "../../cloud-init/node");

/** With pipefail, a `grep -q` that has seen enough ends what still writes to it, and the whole line fails though it matched. */
const EARLY_END = /\|\s*e?grep\s+(-\S+\s+)*-[a-zA-Z]*q/;

test("no line of the later parts on a machine fails because grep -q has ended what writes to it", () => {
  const lines = ["grant", "health"]
    .flatMap(folder =>
      fs
        .readdirSync(path.join(NODE, folder), { recursive: true, encoding: "utf8" })
        .map(file => path.join(folder, file)),
    )
    .filter(file => file.endsWith(".sh"))
    .flatMap(file =>
      fs
        .readFileSync(path.join(NODE, file), "utf8")
        .replaceAll("||", "or")
        .split("\n")
        .map((line, i) => ({ place: `${file}:${i + 1}`, line })),
    );
  expect(lines.length).toBeGreaterThan(1000);
  expect(lines.filter(({ line }) => EARLY_END.test(line)).map(({ place }) => place)).toEqual([]);
});
