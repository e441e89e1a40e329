import { describe, expect, it, vi } from "vitest";
import type { Json } from "./metal-api.fakes";
import { FakeRack, gate, KEY } from "./metal-api.fakes";

const V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("a device", () => {
  it("is queued, then provisioning, and active once its machine phones home", async () => {
    const rack = new FakeRack();
    const { id, state } = await rack.order(await rack.project());
    expect([id, state]).toEqual([expect.stringMatching(V4), "queued"]);
    expect(await rack.ask("GET", `devices/${id}`)).toMatchObject({ state: "provisioning" });
    await rack.phoneHome(id);
    expect(await rack.ask("GET", `devices/${id}`)).toMatchObject({ state: "active" });
  });

  it("fails when its machine cannot be created, and says why in its events", async () => {
    const rack = new FakeRack();
    rack.machines.creation = () => Promise.reject(new Error("no disk left"));
    const { id } = await rack.order(await rack.project());
    await vi.waitFor(async () => expect(await rack.ask("GET", `devices/${id}`)).toMatchObject({ state: "failed" }));
    const { events } = await rack.ask<{ events: Json[] }>("GET", `devices/${id}/events`);
    expect(events[0]).toMatchObject({ type: "provisioning.failed", state: "failed", body: "no disk left" });
    expect((await rack.call("DELETE", `devices/${id}`, { force_delete: false })).statusCode).toBe(204);
  });

  it("cannot be deleted while it provisions", async () => {
    const rack = new FakeRack();
    const { id } = await rack.order(await rack.project());
    expect(await rack.errors("DELETE", `devices/${id}`)).toEqual({
      status: 422,
      errors: ["Cannot delete a device while it is provisioning"],
    });
  });

  it("that phones home before its machine is all made is deleted only after that", async () => {
    const rack = new FakeRack();
    const creation = gate();
    rack.machines.creation = () => creation.passed;
    const id = await rack.device(await rack.project());
    const deletion = rack.call("DELETE", `devices/${id}`);
    await vi.waitFor(() => expect(rack.machines.calls).toEqual(["create cp-0"]));
    creation.open();
    expect((await deletion).statusCode).toBe(204);
    expect(rack.machines.calls).toEqual(["create cp-0", "destroy"]);
    expect((await rack.call("GET", `devices/${id}`)).statusCode).toBe(404);
  });

  it("stays, and can be deleted again, when its machine cannot be removed", async () => {
    const rack = new FakeRack();
    const id = await rack.device(await rack.project());
    rack.machines.destruction = () => Promise.reject(new Error("a mount is busy"));
    expect(await rack.errors("DELETE", `devices/${id}`)).toEqual({
      status: 503,
      errors: ["The rack could not remove the machine of cp-0: a mount is busy"],
    });
    rack.machines.destruction = async () => undefined;
    expect((await rack.call("DELETE", `devices/${id}`)).statusCode).toBe(204);
  });

  it("gets a slot of its own, and a freed slot is used again", async () => {
    const rack = new FakeRack();
    const project = await rack.project();
    const first = await rack.device(project, { hostname: "cp-0" });
    const second = await rack.device(project, { hostname: "cp-1" });
    expect([first, second].map(id => rack.machines.running.get(id))).toMatchObject([
      { privateAddress: "10.70.0.1" },
      { privateAddress: "10.70.0.3" },
    ]);
    await rack.call("DELETE", `devices/${first}`);
    const third = await rack.device(project, { hostname: "cp-2" });
    expect(rack.machines.running.get(third)).toMatchObject({
      index: 0,
      privateAddress: "10.70.0.1",
      mac: "02:00:00:70:00:00",
    });
  });

  it("reads as the provider needs it", async () => {
    const rack = new FakeRack();
    const project = await rack.project();
    const key = await rack.ask("POST", `projects/${project}/ssh-keys`, { label: "ops", key: KEY });
    const id = await rack.device(project, {
      metro: "SV",
      customdata: '{"rack":1}',
      tags: ["cp"],
      project_ssh_keys: [key.id],
    });
    const device = await rack.ask("GET", `devices/${id}?include=project%2Cmetro%2Cfacility`);
    expect(device).toMatchObject({
      plan: { slug: "c3.small.x86" },
      operating_system: { slug: "debian_12" },
      facility: { code: "sv15" },
      metro: { code: "sv" },
      project: { id: project },
      customdata: { rack: 1 },
      userdata: "#cloud-config\n{}\n",
      tags: ["cp"],
      billing_cycle: "hourly",
      ssh_keys: [{ href: `/metal/v1/ssh-keys/${key.id}` }],
    });
    const addresses = device["ip_addresses"] as Json[];
    expect(addresses.map(address => [address["address"], address["public"], address["management"]])).toEqual([
      ["198.51.100.1", true, true],
      ["2001:db8:70::101", true, true],
      ["10.70.0.1", false, true],
    ]);
    expect(addresses[2]?.["parent_block"]).toMatchObject({ network: "10.70.0.0", cidr: 31 });
    const ports = device["network_ports"] as { type: string; data: { bonded: boolean } }[];
    expect(ports.map(port => [port.type, port.data.bonded])).toEqual([
      ["NetworkBondPort", true],
      ["NetworkPort", true],
      ["NetworkPort", true],
    ]);
  });

  it("shows its project only as a reference unless that is included", async () => {
    const rack = new FakeRack();
    const project = await rack.project();
    const id = await rack.device(project);
    expect(await rack.ask("GET", `devices/${id}`)).toMatchObject({
      project: { href: `/metal/v1/projects/${project}` },
    });
  });

  it("is refused for what the catalogue does not have", async () => {
    const rack = new FakeRack();
    const project = await rack.project();
    const refuse = async (change: object) =>
      (
        await rack.errors("POST", `projects/${project}/devices`, {
          hostname: "cp-0",
          plan: "c3.small.x86",
          metro: "sv",
          operating_system: "debian_12",
          userdata: "",
          ...change,
        })
      ).errors[0];
    expect(await refuse({ metro: "zz" })).toMatch(/^zz is not a valid metro/);
    expect(await refuse({ metro: undefined, facility: ["zz1"] })).toMatch(/^zz1 is not a valid facility/);
    expect(await refuse({ plan: "x1.tiny" })).toMatch(/^x1.tiny is not a valid plan/);
    expect(await refuse({ operating_system: "windows_95" })).toMatch(/^windows_95 is not a valid operating system/);
    expect(await refuse({ hostname: "" })).toBe("Hostname can't be blank");
    expect(await refuse({ customdata: "no json" })).toBe("Customdata must be a JSON object");
    expect(await refuse({ ip_addresses: [{ address_family: 4, public: true }] })).toMatch(
      /must include a private IPv4/,
    );
    expect(rack.machines.calls).toEqual([]);
  });

  it("follows power actions, and reads as inactive while it is off", async () => {
    const rack = new FakeRack();
    const id = await rack.device(await rack.project());
    const act = (type: string) => rack.call("POST", `devices/${id}/actions`, { type });
    expect((await act("power_off")).statusCode).toBe(202);
    expect(await rack.ask("GET", `devices/${id}`)).toMatchObject({ state: "inactive" });
    await act("power_on");
    expect(await rack.ask("GET", `devices/${id}`)).toMatchObject({ state: "active" });
    await act("reboot");
    expect(rack.machines.calls).toContain("reboot");
    expect((await act("explode")).statusCode).toBe(422);
  });

  it("changes its name, tags and user data, and nothing else, on an update", async () => {
    const rack = new FakeRack();
    const id = await rack.device(await rack.project());
    await rack.ask("PUT", `devices/${id}?include=facility`, {
      hostname: "cp-9",
      tags: ["new"],
      userdata: "#!/bin/sh\n",
      plan: "m3.large.x86",
    });
    expect(await rack.ask("GET", `devices/${id}`)).toMatchObject({
      hostname: "cp-9",
      tags: ["new"],
      userdata: "#!/bin/sh\n",
      plan: { slug: "c3.small.x86" },
    });
  });

  it("that is locked is not deleted", async () => {
    const rack = new FakeRack();
    const id = await rack.device(await rack.project());
    await rack.ask("PATCH", `devices/${id}`, { locked: true });
    expect((await rack.errors("DELETE", `devices/${id}`)).status).toBe(422);
  });

  it("keeps its project from being deleted", async () => {
    const rack = new FakeRack();
    const project = await rack.project();
    await rack.device(project);
    expect(await rack.errors("DELETE", `projects/${project}`)).toEqual({
      status: 422,
      errors: ["Cannot delete a project with devices: delete cp-0 (active) first"],
    });
  });
});
