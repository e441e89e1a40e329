import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Store } from "../../metal-api/store";
import { FakeRack, gate } from "./metal-api.fakes";

describe("the rack's records", () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-store-"));
    file = path.join(folder, "records.json");
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  it("survive a restart, and the switches get their sessions again", async () => {
    const before = new FakeRack(new Store(file));
    const project = await before.project({ md5: "aPassword1234" });
    const device = await before.device(project);
    const session = await before.session(device);

    const after = new FakeRack(new Store(file));
    expect(await after.ask("GET", `devices/${device}?include=project`)).toMatchObject({
      hostname: "cp-0",
      project: { id: project },
    });
    expect(await after.ask("GET", `bgp/sessions/${session.id}`)).toMatchObject({
      device: { href: `/metal/v1/devices/${device}` },
    });
    expect(after.switches.last?.sessions).toEqual(before.switches.last?.sessions);
    expect(after.machines.calls).toEqual([]);
  });

  it("are for root's eyes only", async () => {
    await new FakeRack(new Store(file)).project();
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    expect(fs.readdirSync(folder)).toEqual(["records.json"]);
  });

  it("of a device whose creation a restart cut off read as failed; of one that only has to phone home they wait", async () => {
    const before = new FakeRack(new Store(file));
    const project = await before.project();
    const waiting = await before.order(project, { hostname: "cp-0" });
    const cut = gate();
    before.machines.creation = () => cut.passed;
    const interrupted = await before.order(project, { hostname: "cp-1" });

    const after = new FakeRack(new Store(file));
    expect(await after.ask("GET", `devices/${interrupted.id}`)).toMatchObject({ state: "failed" });
    expect(await after.ask("GET", `devices/${waiting.id}`)).toMatchObject({ state: "provisioning" });
    await after.phoneHome(waiting.id);
    expect(await after.ask("GET", `devices/${waiting.id}`)).toMatchObject({ hostname: "cp-0" });
  });

  it("that another program wrote are not read as one's own", () => {
    fs.writeFileSync(file, '{"version":7}');
    expect(() => new Store(file)).toThrow(`${file}: its version is 7; expected the rack's records, version 1.`);
    fs.writeFileSync(file, "{");
    expect(() => new Store(file)).toThrow(file);
  });
});
