import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { figure, rackplane, whole } from "../../../bench/rack";
import { freshStack } from "../fresh-stack";
import { Examined, words } from "./examined";
import { FAULTS } from "./faults";

/** Seconds for a fault to show, and for the cluster to be well after it: sessions, probes and pods take their time. */
const SHOWS = 60;
const HEALS = 120;

let doctor: Examined;

beforeAll(async () => {
  await freshStack("rack", whole(3));
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
  const { healthy, ...diagnosis } = await doctor.until(now => now.healthy, HEALS);
  expect(healthy, words({ healthy, ...diagnosis })).toBe(true);
});

test.each(FAULTS)(
  "$what: the doctor names it first, with what mends it",
  async ({ inject, heal, examination, sentence }) => {
    healing = heal;
    await inject();
    const named = await doctor.until(({ first }) => first?.examination === examination, SHOWS);
    expect(named.first?.examination, words(named)).toBe(examination);
    expect(named.first?.sentence).toMatch(sentence);
  },
);
