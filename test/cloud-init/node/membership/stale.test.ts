import { execFileSync } from "node:child_process";
import * as path from "node:path";
import { expect, test } from "vitest";
import { dead, id, m, type Listed } from "./listed";

const STALE = path.resolve(__dirname, "../../../../cloud-init/node/grant/jq/stale.jq");

/** What machine 1, named m1 at 10.0.0.1, decides: lines. */
const decide = (members: readonly Listed[]): string[] =>
  execFileSync("jq", ["-r", "--arg", "name", "m1", "--arg", "address", "10.0.0.1", "-f", STALE], {
    input: JSON.stringify(members),
    encoding: "utf8",
  })
    .split("\n")
    .filter(line => line !== "");

const learner = { role: "learner", healthy: false };

/** Members, and the IDs that are removed or what the refusal says. */
const CASES: readonly (readonly [string, readonly Listed[], readonly string[] | RegExp])[] = [
  ["of none, none", [], []],
  ["of three without it, none", [m(2), m(3), m(4)], []],
  ["of two, its own running half, as the other is well", [m(1), m(2)], [id(1)]],
  ["of two, none while the other is ill", [m(1), m(2, dead)], /would leave 0 healthy of 1 \(not healthy: m2 at/],
  ["of three, its dead one", [m(1, dead), m(2), m(3)], [id(1)]],
  ["of three, none while another is dead: one of two is no majority", [m(1), m(2), m(3, dead)], /leave 1 healthy of 2/],
  ["of five with two lost, its own alone", [m(1, dead), m(2), m(3, dead), m(4), m(5)], [id(1)]],
  ["of five with two lost, when the other's is gone already", [m(1, dead), m(2), m(4), m(5)], [id(1)]],
  ["of five with three lost, none", [m(1), m(2), m(3, dead), m(4, dead), m(5)], /would leave 2 healthy of 4/],
  ["of seven with three lost, its own", [m(1, dead), m(2, dead), m(3, dead), m(4), m(5), m(6), m(7)], [id(1)]],
  ["a learner whatever the others are, as it has no vote", [m(1, learner), m(2, dead), m(3, dead)], [id(1)]],
  ["a learner without a name, by its address", [m(1, { name: "-", ...learner }), m(2)], [id(1)]],
  [
    "its name's at an earlier address, once nothing answers there",
    [m(1, { address: "10.9.9.9", ...dead }), m(2), m(3)],
    [id(1)],
  ],
  [
    "not its name's while an etcd is well at another address",
    [m(1, { address: "10.9.9.9" }), m(2), m(3)],
    /another machine still runs under this machine's name; .*switch it off or delete it/,
  ],
  ["another's that had its address, by ID", [m(8, { address: "10.0.0.1", ...dead }), m(2), m(3)], [id(8)]],
  [
    "both of its name and of its address",
    [m(1, { address: "10.9.9.9", ...dead }), m(8, { address: "10.0.0.1", ...dead }), m(2), m(3), m(4)],
    [id(1), id(8)],
  ],
];

test.each(CASES)("a machine that joins removes %s", (_, members, expected) => {
  const decision = decide(members);
  if (expected instanceof RegExp) {
    expect(decision).toEqual([expect.stringMatching(/^refuse /)]);
    expect(decision[0]).toMatch(expected);
  } else {
    expect(decision.map(line => line.split(" ")[0])).toEqual(expected);
  }
});
