import { fail, rackplane } from "../rack";
import { withStackFile } from "./stack-edit";

const STACK = "rack";

/** The stack `rack` with five control-plane machines. */
const five = (text: string): string => text.replace("count: 3", "count: 5");

const urnOf = (device: string): string =>
  `urn:pulumi:${STACK}::rackplane::rackplane:index:Cluster$equinix-metal:index/device:Device::${device}`;

/**
 * Five members of which those named by number lose their power for ever, and one `up` that replaces them all. `before`
 * runs when the five are there.
 */
export function losing(
  lost: readonly number[],
  before: () => Promise<void>,
  after: (up: Awaited<ReturnType<typeof rackplane>>) => Promise<void>,
): Promise<void> {
  return withStackFile(STACK, five, async () => {
    const up = await rackplane("up");
    if (up.code !== 0) throw new Error(up.output.slice(-4000));
    await before();
    for (const i of lost) await fail("power-off", `lab-cp-${i}`);
    const replaced = lost.flatMap(i => ["--replace", urnOf(`k8s-cp-${i}`)]);
    await after(await rackplane("pulumi", "up", "--yes", "--skip-preview", ...replaced));
  });
}
