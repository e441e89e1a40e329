import { expect, test } from "vitest";
import { statusNow } from "./rack";
import { secretsInPlain } from "./secrets";

test("no key, token or password can be read in user data, logs, arguments or state", async () => {
  for (const { name } of (await statusNow()).machines) {
    expect(await secretsInPlain("rack", name), name).toEqual([]);
  }
});
