import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { figure, journal, rackplane, statusNow, until, whole } from "../../../bench/rack";
import { losing } from "../../../bench/scenarios/lost-members";
import { kubectl } from "../../cli/operator";

beforeAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});
afterAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});
afterEach(async context => {
  if (context.task.result?.state === "fail")
    for (const machine of ["lab-cp-0", "lab-cp-3"]) process.stdout.write(`${machine}:\n${await journal(machine)}\n`);
});

test("of five machines two are lost, the first among them: one up replaces both, and each Node is Ready when it ends", async () => {
  await losing(
    [0, 3],
    async () => {
      await until("five members to be whole", 120, whole(5));
      await kubectl(["create", "configmap", "written-before", "-n", "default", "--from-literal=word=kept"]);
    },
    async up => {
      expect(up.code, up.output.slice(-6000)).toBe(0);
      figure("two of five machines replaced, seconds", up.seconds);
      const { nodes, etcd } = await statusNow();
      expect(nodes.filter(({ ready }) => !ready)).toEqual([]);
      expect(nodes).toHaveLength(5);
      expect([etcd.members, etcd.healthy, etcd.learners]).toEqual([5, 5, 0]);
      expect(
        await kubectl(["get", "configmap", "written-before", "-n", "default", "-o", "jsonpath={.data.word}"]),
      ).toBe("kept");
    },
  );
});
