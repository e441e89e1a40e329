import { afterAll, beforeAll, expect, test } from "vitest";
import { rackplane } from "../../../bench/rack";
import { kindCases, well } from "../../../bench/scenarios/kinds";
import { nameServerReady } from "../../../bench/scenarios/pods";
import { onMachine } from "../../cli/operator";
import { readStackFile } from "../../cli/stack-file";
import { freshStack } from "../fresh-stack";
import { Examined, words } from "./examined";

/** What only an endpoint that one machine holds can have, on machines whose host keys are in the stack file. */
const [kind] = kindCases("arp");
let doctor: Examined;

beforeAll(async () => {
  await freshStack(kind!.stack, well(kind!));
  await nameServerReady();
  doctor = await Examined.of(kind!.stack);
});
afterAll(async () => {
  doctor.end();
  expect((await rackplane("down")).code).toBe(0);
});

test("one machine holds the VIP: nothing is found", async () => {
  const diagnosis = await doctor.now();
  expect(diagnosis.healthy, words(diagnosis)).toBe(true);
});

test("a second machine holds the VIP: both are named", async () => {
  const vip = readStackFile(kind!.stack).endpoint.address!;
  const holds = await Promise.all(kind!.controlPlane.map(name => onMachine(name, [`ip -4 -o address show to ${vip}`])));
  const second = kind!.controlPlane.find((_, i) => holds[i] === "")!;
  const first = kind!.controlPlane.find((_, i) => holds[i] !== "")!;
  await onMachine(second, [`ip address add ${vip}/32 dev $(jq -r .interface /var/lib/rackplane/machine.json)`]);
  try {
    const named = await doctor.now();
    const pair = [first, second].sort((a, b) => kind!.controlPlane.indexOf(a) - kind!.controlPlane.indexOf(b));
    expect(named.first?.sentence, words(named)).toMatch(
      new RegExp(`^${pair.join(" and ")} have ${vip} at the same time; expected exactly one holder`),
    );
  } finally {
    await onMachine(second, [`ip address del ${vip}/32 dev $(jq -r .interface /var/lib/rackplane/machine.json)`]);
  }
  const after = await doctor.until(now => now.healthy, 60);
  expect(after.healthy, words(after)).toBe(true);
});
