import { describe, expect, it } from "vitest";
import type { Json } from "./metal-api.fakes";
import { FakeRack, gate } from "./metal-api.fakes";

const PASSWORD = "aPassword1234";
const SESSION = { address_family: "ipv4", default_route: false };

describe("a BGP session", () => {
  it("is refused before BGP is enabled in the project", async () => {
    const rack = new FakeRack();
    const id = await rack.device(await rack.project());
    expect(await rack.errors("POST", `devices/${id}/bgp/sessions`, SESSION)).toEqual({
      status: 422,
      errors: ["BGP is not enabled"],
    });
  });

  it("is refused to a device that has one", async () => {
    const rack = new FakeRack();
    const id = await rack.device(await rack.project({}));
    await rack.session(id);
    expect(await rack.errors("POST", `devices/${id}/bgp/sessions`, SESSION)).toEqual({
      status: 422,
      errors: ["Address family already has session with ipv4"],
    });
  });

  it("is configured on the switches with the project's blocks and password", async () => {
    const rack = new FakeRack();
    const project = await rack.project({ md5: PASSWORD });
    await rack.block(project);
    const session = await rack.session(await rack.device(project));
    expect(rack.switches.last).toEqual({
      sessions: [{ name: "m0", address: "10.70.0.1", gateway: "10.70.0.0", md5: PASSWORD, legacy: false }],
      prefixes: ["203.0.113.1/32"],
    });
    expect(await rack.ask("GET", `bgp/sessions/${session.id}?include=device`)).toMatchObject({
      address_family: "ipv4",
      default_route: false,
      status: "unknown",
      device: { hostname: "cp-0", plan: { slug: "c3.small.x86" } },
    });
  });

  it("brings its neighbours, which are not there before", async () => {
    const rack = new FakeRack();
    const project = await rack.project({ md5: PASSWORD });
    const id = await rack.device(project);
    await rack.block(project);
    const neighbors = async () =>
      (await rack.ask<{ bgp_neighbors: Json[] }>("GET", `devices/${id}/bgp/neighbors`)).bgp_neighbors;
    expect(await neighbors()).toEqual([]);
    await rack.session(id);
    expect(await neighbors()).toEqual([
      {
        address_family: 4,
        customer_as: 65000,
        customer_ip: "10.70.0.1",
        md5_enabled: true,
        md5_password: PASSWORD,
        multihop: true,
        peer_as: 65530,
        peer_ips: ["169.254.255.1", "169.254.255.2"],
        routes_in: [{ route: "203.0.113.1/32", exact: false }],
        routes_out: [],
      },
    ]);
  });

  it("of a legacy site has one peer, the private gateway, without multihop", async () => {
    const rack = new FakeRack();
    const id = await rack.device(await rack.project({}), { metro: undefined, facility: ["ny5"] });
    await rack.session(id);
    const { bgp_neighbors } = await rack.ask<{ bgp_neighbors: Json[] }>("GET", `devices/${id}/bgp/neighbors`);
    expect(bgp_neighbors).toMatchObject([
      { multihop: false, peer_ips: ["10.70.0.0"], md5_enabled: false, md5_password: null },
    ]);
    expect(rack.switches.last?.sessions).toMatchObject([{ legacy: true }]);
  });

  it("goes with its device, and from the switches as well", async () => {
    const rack = new FakeRack();
    const project = await rack.project({});
    const first = await rack.device(project);
    const second = await rack.device(project, { hostname: "cp-1" });
    const session = await rack.session(first);
    await rack.session(second);
    await rack.call("DELETE", `devices/${first}`);
    expect((await rack.call("GET", `bgp/sessions/${session.id}?include=device`)).statusCode).toBe(404);
    expect(rack.switches.last?.sessions.map(({ name }) => name)).toEqual(["m1"]);
  });

  it("is not recorded when the switches refuse it", async () => {
    const rack = new FakeRack();
    const id = await rack.device(await rack.project({}));
    rack.switches.answer = () => Promise.reject(new Error("birdc: syntax error"));
    expect(await rack.errors("POST", `devices/${id}/bgp/sessions`, SESSION)).toEqual({
      status: 503,
      errors: ["The rack's switches did not take 1 sessions: birdc: syntax error"],
    });
    rack.switches.answer = async () => undefined;
    await rack.session(id);
  });

  it("waits for another that is being configured, so that the switches end with both", async () => {
    const rack = new FakeRack();
    const project = await rack.project({});
    const [first, second] = [await rack.device(project), await rack.device(project, { hostname: "cp-1" })];
    const slow = gate();
    rack.switches.answer = () => slow.passed;
    const both = Promise.all([rack.session(first), rack.session(second)]);
    slow.open();
    await both;
    expect(rack.switches.configured.map(({ sessions }) => sessions.length)).toEqual([1, 2]);
  });
});

describe("a project's BGP configuration", () => {
  it("is an empty object before it is made, and enabled after", async () => {
    const rack = new FakeRack();
    const project = await rack.project();
    expect(await rack.ask("GET", `projects/${project}/bgp-config`)).toEqual({});
    await rack.enableBgp(project, PASSWORD);
    const config = await rack.ask("GET", `projects/${project}/bgp-config`);
    expect(config).toMatchObject({
      status: "enabled",
      deployment_type: "local",
      asn: 65000,
      md5: PASSWORD,
      max_prefix: 10,
    });
    expect([config["created_at"], config["requested_at"]].map(at => typeof at)).toEqual(["string", "string"]);
  });

  it("takes a password only of the public API's form, and never changes it", async () => {
    const rack = new FakeRack();
    const project = await rack.project();
    const configure = (md5: string) =>
      rack.errors("POST", `projects/${project}/bgp-configs`, { deployment_type: "local", asn: 65000, md5 });
    expect((await configure("short")).status).toBe(422);
    await rack.enableBgp(project, PASSWORD);
    expect((await configure("anotherPassword1")).errors).toEqual([
      "BGP is already enabled for the project, and its configuration cannot be changed",
    ]);
  });
});
