import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { figure, rackplane, whole } from "../../../bench/rack";
import { nameServerReady } from "../../../bench/scenarios/pods";
import { freshStack } from "../fresh-stack";
import { Examined, words } from "./examined";
import { FAULTS } from "./faults";

/** Seconds for a fault to show after the one before is over, and for the cluster to be well after the last. */
const SHOWS = 90;
const HEALS = 120;

let doctor: Examined;

beforeAll(async () => {
  await freshStack("rack", whole(3));
  await nameServerReady();
  doctor = await Examined.of("rack");
});
afterAll(() => doctor.end());

test("a healthy cluster of rented machines: the doctor finds nothing, says so, and ends with 0", async () => {
  const { code, output, seconds } = await rackplane("doctor");
  expect(output).toMatch(/^lab is healthy: 3 machines, \d+ examinations, nothing found$/m);
  expect(code).toBe(0);
  figure("doctor on three machines, seconds", seconds.toFixed(1));
});

let healing: (() => Promise<unknown>) | undefined;
afterEach(async () => {
  await healing?.();
  healing = undefined;
});

// The faults stand in the order of the examinations: one that is not over yet would be named before the next.
test.each(FAULTS)(
  "$what: the doctor names it first, with what mends it",
  async ({ inject, heal, examination, sentence }) => {
    healing = heal;
    await inject();
    const named = await doctor.until(
      ({ first }) => first?.examination === examination && sentence.test(first.sentence),
      SHOWS,
    );
    expect(named.first?.examination, words(named)).toBe(examination);
    expect(named.first?.sentence).toMatch(sentence);
  },
);

test("all faults are healed: the doctor finds nothing", async () => {
  const diagnosis = await doctor.until(({ healthy }) => healthy, HEALS);
  expect(diagnosis.healthy, words(diagnosis)).toBe(true);
});
