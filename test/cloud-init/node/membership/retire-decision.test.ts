import { execFileSync } from "node:child_process";
import * as path from "node:path";
import { expect, test } from "vitest";
import { dead, id, m, type Listed } from "./listed";

const RETIRE = path.resolve(__dirname, "../../../../cloud-init/node/grant/jq/retire.jq");

const learner = { role: "learner" };

function decide(staying: readonly number[], members: readonly Listed[], only = "all"): string {
  const roster = staying.map(i => ({ name: `m${i}`, address: `10.0.0.${i}` }));
  return execFileSync(
    "jq",
    ["-r", "--argjson", "grant", JSON.stringify([{ roster }]), "--arg", "only", only, "-f", RETIRE],
    { input: JSON.stringify(members), encoding: "utf8" },
  ).trim();
}

/** Who stays, the members, and what is removed next or what the refusal says. */
const CASES: readonly (readonly [string, readonly number[], readonly Listed[], string | RegExp])[] = [
  ["of none, none", [], [], ""],
  ["of one that stays, none", [1], [m(1)], ""],
  ["of two, the one that leaves, while both answer", [1], [m(1), m(2)], "living 2"],
  [
    "of two, none while the one that stays is dead",
    [1],
    [m(1, dead), m(2)],
    /no etcd member that stays is healthy \(m1/,
  ],
  ["of three that stay, none", [1, 2, 3], [m(1), m(2), m(3)], ""],
  ["of three, the dead one", [1, 2], [m(1), m(2), m(3, dead)], "dead 3"],
  ["of three, a dead one before a living one", [1], [m(1), m(2), m(3, dead)], "dead 3"],
  [
    "of three, none where nobody stays",
    [7],
    [m(1), m(2), m(3)],
    /no etcd member that stays is healthy \(there is none\)/,
  ],
  ["of four, none while one that stays is ill", [1, 2, 3], [m(1), m(2, dead), m(3), m(4)], /of those that stay m2 at/],
  [
    "of four, none while another joins",
    [1, 2, 3, 5],
    [m(1), m(2), m(3), m(4), m(5, learner)],
    /m5 at .* has not joined/,
  ],
  [
    "of five, the dead one also while another joins",
    [1, 2, 3, 5],
    [m(1), m(2), m(3), m(4, dead), m(5, learner)],
    "dead 4",
  ],
  [
    "of five, a dead one while one that stays is ill",
    [1, 2, 3, 4],
    [m(1), m(2), m(3), m(4, dead), m(5, dead)],
    "dead 5",
  ],
  [
    "of five, a learner that left, before the dead voter",
    [1, 2, 3],
    [m(1), m(2), m(3), m(4, dead), m(5, { ...learner, ...dead })],
    "dead 5",
  ],
  ["of six with three new ones, the first of the old", [4, 5, 6], [m(1), m(2), m(3), m(4), m(5), m(6)], "living 1"],
  [
    "of seven with three dead, a dead one",
    [1, 2, 3, 4],
    [m(1), m(2), m(3), m(4), m(5, dead), m(6, dead), m(7, dead)],
    "dead 5",
  ],
  [
    "not its name's at another address, which a join removes",
    [1, 2, 3],
    [m(1), m(2), m(3, { address: "10.9.9.9" })],
    "",
  ],
];

test.each(CASES)("there leaves %s", (_, staying, members, expected) => {
  const decision = decide(staying, members);
  if (expected instanceof RegExp) {
    expect(decision).toMatch(/^refuse /);
    expect(decision).toMatch(expected);
  } else {
    const [word, number] = decision.split(" ");
    expect(number === undefined ? "" : `${word} ${members.find(one => one.id === number)?.name.slice(1)}`).toBe(
      expected,
    );
  }
});

test("a join leaves living members that the configuration no longer has to `retire`", () => {
  expect(decide([1, 2], [m(1), m(2), m(3)], "dead")).toBe("");
  expect(decide([1, 2], [m(1), m(2), m(3), m(4, dead)], "dead")).toBe(`dead ${id(4)} m4 10.0.0.4`);
});
