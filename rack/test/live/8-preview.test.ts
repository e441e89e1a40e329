import { expect, test } from "vitest";
import { figure, rackplane } from "../../../bench/rack";

test("a preview of the example stack takes at most 4 s, without a rack", async () => {
  const runs = [await rackplane("preview"), await rackplane("preview"), await rackplane("preview")];
  for (const run of runs) {
    expect(run.code, run.output).toBe(0);
    expect(run.output).toMatch(/\+ 27 to create/);
    expect(run.output).not.toMatch(/warning/);
  }
  const seconds = runs.map(run => run.seconds).sort((a, b) => a - b);
  figure("preview, seconds (three runs)", seconds.join(", "));
  expect(seconds[0]).toBeLessThanOrEqual(4);
});
