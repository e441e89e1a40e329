import { describe, expect, it } from "vitest";
import { FakeRack, KEY } from "./metal-api.fakes";

describe("a project", () => {
  it("refers to an organization and a payment method, and can be renamed", async () => {
    const rack = new FakeRack();
    const id = await rack.project();
    await rack.ask("PATCH", `projects/${id}`, { name: "renamed" });
    expect(await rack.ask("GET", `projects/${id}`)).toMatchObject({
      id,
      name: "renamed",
      backend_transfer_enabled: false,
      organization: { href: expect.stringMatching(/\/organizations\/[0-9a-f-]{36}$/) },
      payment_method: { href: expect.stringMatching(/\/payment-methods\/[0-9a-f-]{36}$/) },
    });
  });
});

describe("an SSH key", () => {
  it("comes back byte for byte, owned by its project", async () => {
    const rack = new FakeRack();
    const project = await rack.project();
    const { id } = await rack.ask("POST", `projects/${project}/ssh-keys`, { label: "ops", key: `${KEY}\n` });
    expect(await rack.ask("GET", `ssh-keys/${id}`)).toMatchObject({
      label: "ops",
      key: `${KEY}\n`,
      owner: { href: `/metal/v1/projects/${project}` },
      fingerprint: expect.stringMatching(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/),
    });
    expect((await rack.call("DELETE", `ssh-keys/${id}`)).statusCode).toBe(204);
    expect((await rack.call("GET", `ssh-keys/${id}`)).statusCode).toBe(404);
  });

  it("that is none is refused", async () => {
    const rack = new FakeRack();
    expect(
      (
        await rack.errors("POST", `projects/${await rack.project()}/ssh-keys`, {
          label: "ops",
          key: "ssh-rsa nonsense",
        })
      ).status,
    ).toBe(422);
  });
});

describe("an address block", () => {
  it("is a global /32 of the rack's pool; a freed one is used again", async () => {
    const rack = new FakeRack();
    const project = await rack.project();
    const first = await rack.block(project);
    expect(first).toMatchObject({
      address: "203.0.113.1",
      network: "203.0.113.1",
      netmask: "255.255.255.255",
      cidr: 32,
      address_family: 4,
      public: true,
      global_ip: true,
      management: false,
      manageable: true,
      project: { href: `/metal/v1/projects/${project}` },
    });
    expect(await rack.block(project)).toMatchObject({ address: "203.0.113.2" });
    await rack.call("DELETE", `ips/${first.id}`);
    expect(await rack.block(project)).toMatchObject({ address: "203.0.113.1" });
    expect(await rack.ask("POST", `projects/${project}/ips`, { type: "global_ipv4", quantity: 4 })).toMatchObject({
      network: "203.0.113.4",
      cidr: 30,
      netmask: "255.255.255.252",
    });
  });

  it("of public_ipv4 is bound to its metro", async () => {
    const rack = new FakeRack();
    const project = await rack.project();
    const wanted = { type: "public_ipv4", quantity: 4, metro: "sv" };
    expect(await rack.ask("POST", `projects/${project}/ips`, wanted)).toMatchObject({
      type: "public_ipv4",
      metro: { code: "sv" },
      global_ip: false,
      cidr: 30,
    });
  });

  it("is refused with a metro, with another type, and for a quantity that is no power of 2", async () => {
    const rack = new FakeRack();
    const project = await rack.project();
    for (const wrong of [
      { type: "global_ipv4", quantity: 1, metro: "sv" },
      { type: "public_ipv4", quantity: 1 },
      { type: "public_ipv6", quantity: 1 },
      { type: "global_ipv4", quantity: 3 },
    ]) {
      expect((await rack.errors("POST", `projects/${project}/ips`, wrong)).status, JSON.stringify(wrong)).toBe(422);
    }
  });

  it("that is attached to a device shows there, and cannot be deleted until it is detached", async () => {
    const rack = new FakeRack();
    const project = await rack.project();
    const block = await rack.block(project);
    const device = await rack.device(project);
    const attachment = await rack.ask("POST", `devices/${device}/ips`, { address: "203.0.113.1/32" });
    expect(await rack.ask("GET", `ips/${attachment.id}`)).toMatchObject({
      network: "203.0.113.1",
      cidr: 32,
      assigned_to: { href: `/metal/v1/devices/${device}` },
    });
    expect(await rack.ask("GET", `devices/${device}`)).toMatchObject({
      ip_addresses: [{}, {}, {}, { address: "203.0.113.1", management: false }],
    });
    expect((await rack.errors("POST", `devices/${device}/ips`, { address: "203.0.113.9/32" })).errors).toEqual([
      "203.0.113.9/32 is in no block of the device's project",
    ]);
    expect((await rack.errors("DELETE", `ips/${block.id}`)).status).toBe(422);
    await rack.call("DELETE", `ips/${attachment.id}`);
    expect((await rack.call("DELETE", `ips/${block.id}`)).statusCode).toBe(204);
  });
});

describe("a virtual network", () => {
  it("has the next VLAN of its metro, and its project when that is included", async () => {
    const rack = new FakeRack();
    const project = await rack.project();
    const { id } = await rack.ask("POST", `projects/${project}/virtual-networks`, {
      project_id: project,
      description: "",
      metro: "da",
    });
    expect(await rack.ask("GET", `virtual-networks/${id}?include=assigned_to`)).toMatchObject({
      vxlan: 1000,
      metro_code: "da",
      facility_code: null,
      assigned_to: { id: project },
    });
    expect(await rack.ask("POST", `projects/${project}/virtual-networks`, { metro: "da" })).toMatchObject({
      vxlan: 1001,
    });
    expect((await rack.call("DELETE", `virtual-networks/${id}`)).statusCode).toBe(204);
  });
});
