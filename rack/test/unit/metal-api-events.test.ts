import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { toldHostKey } from "../../../cloud-init/contract/host-key";
import { deviceEvents } from "../../../components/machines/equinix-metal/events";
import type { Json } from "./metal-api.fakes";
import { FakeRack, KEY, TOKEN } from "./metal-api.fakes";

interface Page {
  readonly events: Json[];
  readonly meta: Json;
}
const HOST_KEY = KEY.split(" ").slice(0, 2).join(" ");

/** As a machine does it (node/boot/verbs/prepare.sh). */
const post = (rack: FakeRack, id: string, message: string, code = 1000) =>
  rack.metadata.inject({
    method: "POST",
    url: "/events",
    payload: { state: "running", code, message },
    remoteAddress: rack.privateAddress(id),
  });

async function rackWithHistory(events: number): Promise<{ rack: FakeRack; id: string }> {
  const rack = new FakeRack();
  const id = await rack.device(await rack.project());
  await post(rack, id, `rackplane host key: ${HOST_KEY}`, 1099);
  for (let i = 0; i < events; i++) await post(rack, id, `step ${i}`);
  return { rack, id };
}

describe("a device's events", () => {
  it("come in pages of ten, the newest first, with what leads to the other pages", async () => {
    const { rack, id } = await rackWithHistory(20);
    const { events, meta } = await rack.ask<Page>("GET", `devices/${id}/events`);
    expect(events.map(({ body }) => body).slice(0, 2)).toEqual(["step 19", "step 18"]);
    expect(events).toHaveLength(10);
    expect(meta).toEqual({
      first: { href: `/metal/v1/devices/${id}/events?page=1&per_page=10` },
      previous: null,
      self: { href: `/metal/v1/devices/${id}/events?page=1&per_page=10` },
      next: { href: `/metal/v1/devices/${id}/events?page=2&per_page=10` },
      last: { href: `/metal/v1/devices/${id}/events?page=3&per_page=10` },
      current_page: 1,
      last_page: 3,
      total: 23,
    });
    const last = await rack.ask<Page>("GET", `devices/${id}/events?page=3`);
    expect(last.events.map(({ type }) => type)).toEqual(["user.1099", "provisioning.109", "provisioning.101"]);
  });

  it("are as many a page as is asked for", async () => {
    const { rack, id } = await rackWithHistory(20);
    expect((await rack.ask<Page>("GET", `devices/${id}/events?per_page=15&page=2`)).events).toHaveLength(8);
  });
});

describe("the program, asking the Metal API for a device's events", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-events-"));
  const [certificate, key] = ["crt", "key"].map(name => path.join(folder, name)) as [string, string];
  beforeAll(() => {
    const made = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost"];
    execFileSync(
      "openssl",
      ["req", ...made, "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
      { stdio: "ignore" },
    );
  });
  // Each test begins with the environment of the process.
  beforeEach(() => void vi.stubEnv("SSL_CERT_FILE", certificate));
  afterEach(() => void vi.unstubAllEnvs());
  afterAll(() => fs.rmSync(folder, { recursive: true }));

  /** The rack's Metal API over TLS, as the program reaches it. */
  async function served<T>(rack: FakeRack, act: (api: string) => Promise<T>): Promise<T> {
    await rack.api.ready();
    const server = https.createServer(
      { cert: fs.readFileSync(certificate), key: fs.readFileSync(key) },
      (request, response) => rack.api.routing(request, response),
    );
    await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
    try {
      return await act(`https://127.0.0.1:${(server.address() as AddressInfo).port}/metal/v1`);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  it("reads all pages, the oldest event first, and finds the host key that the machine told", async () => {
    const { rack, id } = await rackWithHistory(230);
    const events = await served(rack, api => deviceEvents(id, TOKEN, api));
    expect(events).toHaveLength(233);
    expect(events.map(({ body }) => body).slice(2, 4)).toEqual([`rackplane host key: ${HOST_KEY}`, "step 0"]);
    expect(events.flatMap(({ body }) => toldHostKey(body ?? "") ?? [])).toEqual([HOST_KEY]);
  });

  it("says what was answered in place of events", async () => {
    const { rack, id } = await rackWithHistory(0);
    await served(rack, async api => {
      await expect(deviceEvents(id, "another", api)).rejects.toMatchObject({
        status: 401,
        message: `GET /metal/v1/devices/${id}/events was answered with 401`,
      });
      await expect(deviceEvents(id, TOKEN, `${api}/nowhere`)).rejects.toMatchObject({ status: 404 });
    });
    await expect(deviceEvents(id, TOKEN, "https://127.0.0.1:9")).rejects.toMatchObject({
      status: undefined,
      message: expect.stringContaining("ECONNREFUSED"),
    });
  });

  it("trusts no other certificate than the provider would", async () => {
    const { rack, id } = await rackWithHistory(0);
    await served(rack, async api => {
      vi.stubEnv("SSL_CERT_FILE", "");
      await expect(deviceEvents(id, TOKEN, api)).rejects.toMatchObject({
        message: expect.stringMatching(/self.signed/),
      });
    });
  });
});
