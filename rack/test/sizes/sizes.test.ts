import { beforeAll, describe, expect, test } from "vitest";
import { figure } from "../../../bench/rack";
import { describePreview, measurePreview } from "../../../bench/sizes/preview";
import { describeState, measureState } from "../../../bench/sizes/state";
import { describeUserData, measureUserData, USER_DATA_WANTED } from "../../../bench/sizes/user-data";
import { installTools } from "../../setup/tools";

/** What `./rackplane measure` prints, held to its bounds. No rack is needed, and nothing is dialled but loopback. */

beforeAll(async () => {
  await installTools(() => undefined, ["pulumi"]);
});

/** Each machine that exists has a resource by which it is claimed and wiped, of 3.4 kB; a rented one is deleted. */
const STATE_WANTED = { "over SSH": 3_200_000, rented: 3_000_000 };

describe("the state of three control-plane machines and a hundred workers", () => {
  test("over SSH is at most 3.2 MB", async () => {
    const state = await measureState("over SSH");
    figure("state, workers over SSH", describeState(state));
    expect(state.bytes).toBeLessThanOrEqual(STATE_WANTED["over SSH"]);
  });

  // The provider keeps each machine's user data twice, as an input and as an output; that has a bound of its own.
  test("rented is at most 3 MB, user data apart", async () => {
    const state = await measureState("rented");
    figure("state, workers rented", describeState(state));
    expect(state.bytes - state.userDataBytes).toBeLessThanOrEqual(STATE_WANTED.rented);
  });
});

// A busy host delays the many small answers of one more than those of the other: what is missed twice is the program's.
test("a preview of 200 machines takes at most 1.3 times the engine's own time", { retry: 1 }, async () => {
  const preview = await measurePreview();
  figure("preview", describePreview(preview));
  expect(preview.ratio).toBeLessThanOrEqual(1.3);
});

test("every stack of the examples and the rack has user data of at most 16 KiB, and of what its platform takes", async () => {
  const figures = await measureUserData();
  figure("user data", `\n${describeUserData(figures)}`);
  expect(figures.length).toBeGreaterThanOrEqual(6);
  expect(figures.filter(({ bytes, platformLimit }) => bytes > Math.min(USER_DATA_WANTED, platformLimit))).toEqual([]);
});
