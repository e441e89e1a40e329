import { expect } from "vitest";
import { rackplane, until } from "../../bench/rack";
import type { Status } from "../cli/status";

/** The rack with that stack alone, brought up from nothing and whole. */
export async function freshStack(stack: string, whole: (now: Status) => boolean): Promise<void> {
  expect((await rackplane("down")).code).toBe(0);
  const up = await rackplane("up", "--stack", stack);
  expect(up.code, up.output.slice(-6000)).toBe(0);
  await until("the cluster to be whole", 90, whole);
}
