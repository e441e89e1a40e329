import { afterAll, beforeAll, expect, test } from "vitest";
import { rackplane, until, whole } from "../../../bench/rack";
import { withImpostor } from "../../../bench/scenarios/impostor";
import { fingerprint } from "../../../components/machines/fingerprint";
import { rackState } from "../../daemon/client";

const CLUSTER = "urn:pulumi:rack::rackplane::rackplane:index:Cluster";
const DEVICE = `${CLUSTER}$equinix-metal:index/device:Device::k8s-cp-1`;
const PREPARED = `${CLUSTER}$command:remote:Command::k8s-cp-1-prepared`;
const replacing = (urn: string) => rackplane("pulumi", "up", "--yes", "--skip-preview", "--replace", urn);

/** The machine's. One that is made anew has the same place in the rack, and so the same address. */
const addressNow = async () =>
  (await rackState()).machines.find(({ name }) => name === "lab-cp-1")?.publicAddress ?? "";

/** What the first connection sends, and nothing after it. */
const ASKED_ONCE = [{ command: "sh -s", stdin: expect.stringMatching(/^p=[^\n]* await prepared$/) }];

beforeAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
  // Its machines are new, so this up shows that a machine whose key is vouched for gets its grant.
  const up = await rackplane("up");
  expect(up.code, up.output.slice(-6000)).toBe(0);
});
afterAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});

test("another SSH server in the way of a new machine gets no grant, `up` names both keys, and goes on without it", async () => {
  const address = await addressNow();
  await withImpostor(address, async ({ hostKey, heard }) => {
    const refused = await replacing(DEVICE);
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain(
      `lab-cp-1: found the SSH host key ${fingerprint(hostKey)} at ${address}, expected`,
    );
    expect(refused.output).toMatch(/expected SHA256:[A-Za-z0-9+/]{43}, which the machine told Equinix Metal/);
    expect(refused.output).toContain(`pulumi up --replace "${PREPARED}"`);

    const again = await rackplane("up");
    expect(again.code, "the next up forgets nothing").not.toBe(0);
    expect(again.output).toContain(`found the SSH host key ${fingerprint(hostKey)}`);

    // One connection with the script that every machine gets: no grant, no file.
    expect(heard).toEqual(ASKED_ONCE);
  });

  const mended = await replacing(PREPARED);
  expect(mended.code, mended.output.slice(-4000)).toBe(0);
  await until("the machine to be a member", 120, whole(3));
});

test("another SSH server in the way of a machine that is a member already gets no grant when its key is asked for anew", async () => {
  const address = await addressNow();
  await withImpostor(address, async ({ hostKey, heard }) => {
    const refused = await replacing(PREPARED);
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain(`found the SSH host key ${fingerprint(hostKey)}`);
    expect(heard).toEqual(ASKED_ONCE);
  });
  const mended = await replacing(PREPARED);
  expect(mended.code, mended.output.slice(-4000)).toBe(0);
  await until("the control plane to be whole", 60, whole(3));
});
