import { expect, test } from "vitest";
import { statusNow } from "../../../bench/rack";
import { secretsInPlain } from "../secrets";

test("no key, token or password can be read in user data, logs, arguments, state or the API", async () => {
  const { machines } = await statusNow();
  expect(machines.map(({ name }) => name)).toEqual(["lab-cp-0", "lab-cp-1", "lab-cp-2"]);
  for (const { name } of machines) {
    expect(await secretsInPlain("rack", name), name).toEqual([]);
  }
});
