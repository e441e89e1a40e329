import { afterAll, beforeAll, expect, test } from "vitest";
import { figure, rackplane, until, whole } from "../../../bench/rack";
import { breakAfterAnswer } from "../../../bench/scenarios/broken-answer";
import { upDisturbedAt } from "../../../bench/scenarios/interrupted-up";
import { expectFormedOnce } from "../formed-once";
import { secretsIn } from "../secrets";

const MACHINES = ["lab-cp-0", "lab-cp-1", "lab-cp-2"];
const FIRST = "lab-cp-0";
/** openssl's mark of an encrypted text, in base64: the answer was printed. */
const ANSWER = /U2FsdGVkX1[A-Za-z0-9+/]{1000}/;

beforeAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});
afterAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});

test("a connection that breaks once `form` has sent the cluster's keys shows none of them, and the next up goes on", async () => {
  const broken = await upDisturbedAt(
    /k8s-form creating .*kubeadm init/,
    async () => void (await breakAfterAnswer(FIRST)),
  );
  expect(broken.code).not.toBe(0);
  expect(broken.output, "the plugin prints what it was sent").toMatch(ANSWER);
  expect(await secretsIn({ "what up has printed": broken.output }, FIRST)).toEqual([]);

  const next = await rackplane("up");
  expect(next.code, next.output.slice(-4000)).toBe(0);
  figure("up after a broken connection, seconds", next.seconds);
  expect(await secretsIn({ "what the next up has printed": next.output }, FIRST)).toEqual([]);
  await until("the control plane to be whole", 60, whole(3));
  await expectFormedOnce(MACHINES);
});
