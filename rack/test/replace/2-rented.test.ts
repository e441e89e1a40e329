import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { journal, rackplane, statusNow, until, whole } from "../../../bench/rack";
import { membersSeenBy, type Members } from "../../../bench/scenarios/members";
import { replacing, upAt } from "../../../bench/scenarios/replace";
import { kubectl } from "../../cli/operator";
import { formationsBegun, formedOn } from "../formed-once";
import { freshStack } from "../fresh-stack";
import { expectUnnoticedUp, tellWatched } from "../unnoticed";

const STACK = "rack";
const MACHINES = ["lab-cp-0", "lab-cp-1", "lab-cp-2"];
/** Machines of these generations have names of their own. */
const ONE = { of: { "lab-cp-0": 1 } };
const AFTER_ONE = ["lab-cp-0-g1", "lab-cp-1", "lab-cp-2"];
const ALL = { all: 2 };
const AFTER_ALL = MACHINES.map(name => `${name}-g2`);

describe("rented machines", () => {
  let before: Members = { cluster: "", ids: {} };
  beforeAll(async () => {
    await freshStack(STACK, whole(3));
    before = await membersSeenBy("lab-cp-1");
  });
  afterEach(async context => {
    if (context.task.result?.state !== "fail") return;
    for (const { name } of (await statusNow()).machines) process.stdout.write(`${name}:\n${await journal(name)}\n`);
  });

  /** These machines are there, in the rack, as Nodes and as members, and no others; none has formed a cluster. */
  async function expectMachines(expected: readonly string[]): Promise<Members> {
    const { now } = await until("the control plane to be whole", 120, whole(3));
    expect(now.machines.map(({ name }) => name)).toEqual(expected);
    expect(now.nodes.map(({ name }) => name).sort()).toEqual(expected);
    const [one = ""] = expected;
    const members = await membersSeenBy(one);
    expect(members.cluster).toBe(before.cluster);
    expect(Object.keys(members.ids).sort()).toEqual(expected);
    for (const name of expected) if (!MACHINES.includes(name)) expect(await formationsBegun(name), name).toBe(0);
    expect(await formedOn(expected.filter(name => name !== "lab-cp-0"))).toEqual([]);
    return members;
  }

  test("the first one's successor joins beside it before it leaves, in one `up`; neither a reader nor a writer at the VIP loses anything", async () => {
    await kubectl(["create", "configmap", "written-before", "-n", "default", "--from-literal=word=kept"]);
    const applied = await replacing(STACK, ONE);
    tellWatched("the first rented machine is replaced", applied);
    expectUnnoticedUp(applied);
    expect(applied.up.output).not.toMatch(/Command k8s-form (creat|updat|replac)/);
    const { ids } = await expectMachines(AFTER_ONE);
    expect(ids).toMatchObject({ "lab-cp-1": before.ids["lab-cp-1"], "lab-cp-2": before.ids["lab-cp-2"] });
  });

  test("all of them are replaced in one `up`, three members, six, three; what was written is there", async () => {
    const applied = await replacing(STACK, ALL);
    tellWatched("all rented machines are replaced", applied);
    expectUnnoticedUp(applied);
    await expectMachines(AFTER_ALL);
    expect(await kubectl(["get", "configmap", "written-before", "-n", "default", "-o", "jsonpath={.data.word}"])).toBe(
      "kept",
    );
  });

  test("the next `up` replaces nothing", async () => {
    const again = await upAt(STACK, ALL);
    expect(again.code, again.output.slice(-4000)).toBe(0);
    expect(again.output).not.toMatch(/^ +[~+-] +\d+ /m);
    await expectMachines(AFTER_ALL);
  });
});

afterAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});
