import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { figure, rackplane, statusNow, whole } from "../../../bench/rack";

const VERSION = "3.274.1";

/** What the core shows with the oldest Pulumi CLI that Pulumi.yaml allows, by a newer one. */
describe(`Pulumi ${VERSION}`, () => {
  beforeAll(async () => {
    await rackplane("down");
    // Every `./rackplane` of this file inherits it.
    process.env.RACKPLANE_PULUMI = VERSION;
  });
  afterAll(async () => {
    delete process.env.RACKPLANE_PULUMI;
    await rackplane("down");
  });

  test("brings the stack rack up, whole", async () => {
    const up = await rackplane("up");
    expect(up.code, up.output.slice(-4000)).toBe(0);
    figure(`up with Pulumi ${VERSION}, seconds`, up.seconds);
    const now = await statusNow();
    expect(whole(3)(now), JSON.stringify(now)).toBe(true);
  });

  test("and no other did: the state says which CLI wrote it", async () => {
    const state = await rackplane("pulumi", "stack", "export");
    const { deployment } = JSON.parse(state.output) as { deployment: { manifest: { version: string } } };
    expect(deployment.manifest.version).toBe(`v${VERSION}`);
  });

  test("changes nothing in a second up, finds no drift, and previews no change", async () => {
    const again = await rackplane("up");
    expect(again.code, again.output).toBe(0);
    expect(again.output).toMatch(/^ +\d+ unchanged$/m);
    expect(again.output).not.toMatch(/^ +[~+-]/m);
    figure(`second up with Pulumi ${VERSION}, seconds`, again.seconds);
    const refresh = await rackplane("pulumi", "refresh", "--yes", "--expect-no-changes", "--skip-preview");
    expect(refresh.code, refresh.output).toBe(0);
    const preview = await rackplane("pulumi", "preview", "--expect-no-changes");
    expect(preview.code, preview.output).toBe(0);
  });

  test("previews an example offline", async () => {
    const preview = await rackplane("preview", "--stack", "ssh-arp");
    expect(preview.code, preview.output).toBe(0);
    expect(preview.output).toMatch(/\+ \d+ to create/);
  });

  test("destroys the stack", async () => {
    const destroy = await rackplane("pulumi", "destroy", "--yes", "--skip-preview");
    expect(destroy.code, destroy.output).toBe(0);
  });
});
