import { describe, expect, it } from "vitest";
import { metadataService } from "../../metadata/service";
import type { Json } from "./metal-api.fakes";
import { FakeRack, KEY } from "./metal-api.fakes";

describe("the metadata service", () => {
  it("knows a device by its private and by its public address", async () => {
    const rack = new FakeRack();
    const id = await rack.device(await rack.project());
    for (const remoteAddress of [rack.privateAddress(id), rack.publicAddress(id), `::ffff:${rack.publicAddress(id)}`]) {
      const response = await rack.metadata.inject({ url: "/metadata", remoteAddress });
      expect(response.json()).toMatchObject({
        id,
        hostname: "cp-0",
        metro: "sv",
        facility: "sv15",
        plan: "c3.small.x86",
      });
    }
  });

  it("answers 404 to a caller that is no device, whatever its headers claim", async () => {
    const rack = new FakeRack();
    const id = await rack.device(await rack.project());
    for (const url of ["/metadata", "/userdata", "/2009-04-04/meta-data/instance-id", "/2009-04-04/user-data"]) {
      const response = await rack.metadata.inject({
        url,
        remoteAddress: "192.0.2.6",
        headers: { "x-forwarded-for": rack.privateAddress(id) },
      });
      expect(response.statusCode).toBe(404);
      expect(response.body).toContain("192.0.2.6 is not an address of any device");
    }
  });

  it("gives user data as it was sent", async () => {
    const rack = new FakeRack();
    const userdata = "#cloud-config\n# ü\nruncmd: []\n";
    const id = await rack.device(await rack.project(), { userdata });
    for (const url of ["/userdata", "/2009-04-04/user-data"]) {
      const response = await rack.metadata.inject({ url, remoteAddress: rack.privateAddress(id) });
      expect(response.body).toBe(userdata);
      expect(response.headers["content-type"]).toContain("text/plain");
    }
  });

  it("has no bgp_neighbors key until the session exists", async () => {
    const rack = new FakeRack();
    const id = await rack.device(await rack.project({ md5: "aPassword1234" }));
    expect(await rack.from(id, "/metadata")).not.toHaveProperty("bgp_neighbors");
    const session = await rack.session(id);
    expect(await rack.from(id, "/metadata")).toMatchObject({
      bgp_neighbors: [{ md5_password: "aPassword1234", customer_ip: "10.70.0.1" }],
    });
    await rack.call("DELETE", `bgp/sessions/${session.id}`);
    expect(await rack.from(id, "/metadata")).not.toHaveProperty("bgp_neighbors");
  });

  it("lists addresses of both families, and the URLs to report to", async () => {
    const rack = new FakeRack();
    const id = await rack.device(await rack.project());
    const document = await rack.from<{ network: { addresses: Json[] } }>(id, "/metadata");
    expect(document).toMatchObject({
      phone_home_url: "https://metadata.platformequinix.com/phone-home",
      user_state_url: "https://metadata.platformequinix.com/events",
      api_url: "https://metadata.platformequinix.com",
    });
    expect(
      document.network.addresses.map(({ address, address_family, public: open, gateway }) => [
        address_family,
        open,
        address,
        gateway,
      ]),
    ).toEqual([
      [4, true, "198.51.100.1", "198.51.100.0"],
      [6, true, "2001:db8:70::101", "2001:db8:70::100"],
      [4, false, "10.70.0.1", "10.70.0.0"],
    ]);
  });

  it("serves the tree that cloud-init's Ec2 datasource walks, and no newer version of it", async () => {
    const rack = new FakeRack();
    const project = await rack.project();
    await rack.ask("POST", `projects/${project}/ssh-keys`, { label: "ops", key: KEY });
    const id = await rack.device(project);
    const read = (url: string) => rack.metadata.inject({ url, remoteAddress: rack.privateAddress(id) });
    const text = async (url: string) => (await read(`/2009-04-04/meta-data/${url}`)).body;
    expect((await text("")).split("\n")).toEqual([
      "ami-id",
      "hostname",
      "instance-id",
      "instance-type",
      "local-hostname",
      "local-ipv4",
      "public-ipv4",
      "placement/",
      "public-keys/",
    ]);
    expect(await text("instance-id")).toBe(id);
    expect(await text("local-ipv4")).toBe("10.70.0.1");
    expect(await text("placement/availability-zone")).toBe("sv15");
    expect(await text("public-keys/")).toBe("0=key-0");
    expect(await text("public-keys/0/openssh-key")).toBe(KEY);
    for (const url of [
      "/latest/meta-data/",
      "/2018-09-24/meta-data/instance-id",
      "/2009-04-04/meta-data/nothing",
      "/2009-04-04/meta-data/constructor",
    ]) {
      expect((await read(url)).statusCode, url).toBe(404);
    }
    const token = await rack.metadata.inject({
      method: "PUT",
      url: "/latest/api/token",
      remoteAddress: rack.privateAddress(id),
    });
    expect(token.statusCode).toBe(404);
  });

  it("turns user state into events of the device, whatever content type curl sends", async () => {
    const rack = new FakeRack();
    const id = await rack.device(await rack.project());
    const post = (headers: Record<string, string>, state: object) =>
      rack.metadata.inject({
        method: "POST",
        url: "/events",
        payload: JSON.stringify(state),
        headers,
        remoteAddress: rack.privateAddress(id),
      });
    expect(
      (await post({ "content-type": "application/json" }, { state: "running", code: 1000, message: "packages" }))
        .statusCode,
    ).toBe(200);
    expect(
      (
        await post(
          { "content-type": "application/x-www-form-urlencoded" },
          { state: "succeeded", code: 1001, message: "ready" },
        )
      ).statusCode,
    ).toBe(200);
    expect((await post({}, { state: "failed", code: 1002, message: "no disk" })).statusCode).toBe(200);
    expect((await post({}, { state: "bored", code: 5 })).json()).toEqual({
      errors: [
        "State must be running, succeeded, failed, not bored",
        "Code must be an integer from 1000 to 1099, not 5",
      ],
    });
    const { events } = await rack.ask<{ events: Json[] }>("GET", `devices/${id}/events`);
    expect(events.slice(0, 3).map(({ type, state, body }) => [type, state, body])).toEqual([
      ["user.1002", "failed", "no disk"],
      ["user.1001", "succeeded", "ready"],
      ["user.1000", "running", "packages"],
    ]);
  });

  it("takes cloud-init's phone-home form, and tells who listens", async () => {
    const rack = new FakeRack();
    const { id } = await rack.order(await rack.project());
    const seen: string[] = [];
    const service = metadataService({
      store: rack.store,
      onPhoneHome: device => {
        seen.push(`${device.hostname} ${device.state}`);
      },
    });
    const response = await service.inject({
      method: "POST",
      url: "/phone-home",
      payload: "instance_id=i&hostname=cp-0",
      remoteAddress: rack.publicAddress(id),
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    expect([response.statusCode, seen]).toEqual([200, ["cp-0 active"]]);
  });
});
