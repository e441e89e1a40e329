import * as path from "node:path";
import { expect, test } from "vitest";
import { figure, rackplane } from "../../../bench/rack";
import { REPOSITORY } from "../../cli/paths";
import { stackNames } from "../../cli/stack-file";

test("a preview of the example stack takes at most 4 s, without a rack", async () => {
  const runs = [await rackplane("preview"), await rackplane("preview"), await rackplane("preview")];
  for (const run of runs) {
    expect(run.code, run.output).toBe(0);
    expect(run.output).toMatch(/\+ 34 to create/);
    expect(run.output).not.toMatch(/warning/);
  }
  const seconds = runs.map(run => run.seconds).sort((a, b) => a - b);
  figure("preview, seconds (three runs)", seconds.join(", "));
  expect(seconds[0]).toBeLessThanOrEqual(4);
});

/** It asks the Metal API for the block that it adopts, which no preview without the cloud can. */
const ASKS_THE_CLOUD = "equinix-metal-adopted";
const examples = stackNames([path.join(REPOSITORY, "examples")]).filter(name => name !== ASKS_THE_CLOUD);

test.each(examples)("the example %s can be previewed", async name => {
  const run = await rackplane("preview", "--stack", name);
  expect(run.code, run.output).toBe(0);
  expect(run.output).toMatch(/\+ \d+ to create/);
});
