import { describe, expect, it } from "vitest";
import { FakeRack, TOKEN } from "./metal-api.fakes";

const NOWHERE = "00000000-0000-4000-8000-000000000000";

describe("every answer of the Metal API", () => {
  it("is JSON with a request id, so that the provider believes a 404", async () => {
    const rack = new FakeRack();
    const response = await rack.call("GET", `devices/${NOWHERE}?include=project`);
    expect(response.statusCode).toBe(404);
    expect(response.headers["content-type"]).toContain("application/json");
    expect(response.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    expect(response.json()).toEqual({ errors: [`Not found: there is no device ${NOWHERE}`] });
  });

  it("has both headers also when it has no body", async () => {
    const rack = new FakeRack();
    const response = await rack.call("DELETE", `projects/${await rack.project()}`);
    expect(response.statusCode).toBe(204);
    expect(response.headers["content-type"]).toContain("application/json");
    expect(response.headers["x-request-id"]).not.toBe("");
  });

  it("is 401 without the token, whatever was asked", async () => {
    const rack = new FakeRack();
    for (const url of ["/metal/v1/projects", "/metal/v1/nothing"]) {
      const response = await rack.api.inject({ url, headers: { "x-auth-token": "another" } });
      expect(response.statusCode).toBe(401);
      expect(response.json()).toEqual({ error: "Invalid authentication token" });
    }
  });

  it("names method and path of a call that the rack does not have", async () => {
    const rack = new FakeRack();
    expect(await rack.errors("POST", "spot-market-requests")).toEqual({
      status: 404,
      errors: ["Not found: the rack's Metal API has no POST /metal/v1/spot-market-requests"],
    });
  });

  it("is 400 for a body that is no JSON", async () => {
    const rack = new FakeRack();
    const response = await rack.api.inject({
      method: "POST",
      url: "/metal/v1/projects",
      payload: "{",
      headers: { "x-auth-token": TOKEN, "content-type": "application/json" },
    });
    expect(response.statusCode).toBe(400);
    expect(response.json<{ errors: string[] }>().errors[0]).toContain("is no JSON");
  });
});
