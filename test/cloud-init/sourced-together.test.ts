import * as fs from "node:fs";
import * as path from "node:path";
import { expect, test } from "vitest";

const NODE = path.resolve(__dirname, "../../cloud-init/node");
const read = (file: string) => fs.readFileSync(path.join(NODE, file), "utf8");
const CHANGES = (JSON.parse(read("grant/change/changes.json")) as { name: string }[]).map(({ name }) => name);

/** The files that a script sources; of a path with a variable only the table of changes is known. */
const sourced = (file: string): string[] =>
  [...read(file).matchAll(/^\s*\. "\$(?:RACKPLANE_)?BUNDLE\/(\S+\.sh)"/gm)].flatMap(([, found = ""]) =>
    found === "grant/change/$change.sh"
      ? CHANGES.map(name => `grant/change/${name}.sh`)
      : found.includes("$")
        ? []
        : [found],
  );

function together(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const other of sourced(file)) together(other, seen);
  return seen;
}

// `announce` sources one of the announcers, which have the same functions on purpose.
const VERBS = fs.readdirSync(path.join(NODE, "grant/verbs")).filter(verb => verb !== "announce.sh");

test.each(VERBS)(
  "no two files that the verb %s sources have a function of one name: the later would take its place",
  verb => {
    const files = [...together(`grant/verbs/${verb}`)];
    const places = new Map<string, string[]>();
    for (const file of files)
      for (const [, name = ""] of read(file).matchAll(/^([a-z_]+)\(\)/gm))
        places.set(name, [...(places.get(name) ?? []), file]);
    expect([...places].filter(([, where]) => where.length > 1)).toEqual([]);
  },
);

test("what a member's verb sources is found", () => {
  const files = together("grant/verbs/member.sh");
  for (const file of ["boot/lib/common.sh", "grant/change/manifests.sh", "grant/lib/etcd.sh"])
    expect(files).toContain(file);
});
